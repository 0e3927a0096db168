// The Functions app, on the Flex Consumption plan, with the program as its custom handler.

@description('Name of the app, and of its address: NAME.azurewebsites.net unless Azure adds to it.')
param name string
@description('Region; az functionapp list-flexconsumption-locations names those that have the plan.')
param location string
@description('Tags.')
param tags object
@description('Resource id of the identity.')
param identityId string
@description('Client id of the identity.')
param identityClientId string
@description('The storage account of the Functions host.')
param hostAccountName string
@description('URL of the container that the package is deployed to.')
param packagesUrl string
@description('Where the published configuration is.')
param configurationUrl string
@description('Connection string of Application Insights, which is no secret there.')
param insightsConnectionString string
@description('Megabytes of memory of an instance.')
@allowed([
  512
  2048
  4096
])
param instanceMemory int
@description('Most instances of each group of functions.')
@minValue(40)
@maxValue(1000)
param instancesMax int
@description('Instances that always wait for HTTP calls, so that no alert waits for a cold start. Each costs money around the clock.')
@minValue(0)
@maxValue(10)
param alwaysReady int
@description('Whether instances are spread over three zones.')
param zoneRedundant bool
@description('Log filter, such as info.')
param log string
@description('Base of an OpenTelemetry collector. Empty: none.')
param otlpEndpoint string
@description('Names of the environment variables that the configuration refers to with env:. Each is the Key Vault secret of that name, with - for _.')
param secretNames array
@description('Address of the Key Vault.')
param vaultUri string
@description('Subnet that the app calls out from. Empty: none.')
param subnetId string
@description('Workspace for the diagnostic settings.')
param workspaceId string

// The runtime stands in functionAppConfig. FUNCTIONS_WORKER_RUNTIME must not be set on this plan.
var settings = [
  {
    name: 'AzureWebJobsStorage__accountName'
    value: hostAccountName
  }
  {
    name: 'AzureWebJobsStorage__credential'
    value: 'managedidentity'
  }
  {
    name: 'AzureWebJobsStorage__clientId'
    value: identityClientId
  }
  {
    name: 'AZURE_CLIENT_ID'
    value: identityClientId
  }
  {
    name: 'GATEHOUSE_CONFIG'
    value: configurationUrl
  }
  {
    name: 'GATEHOUSE_LOG'
    value: log
  }
  {
    // Half the memory with many customers, and no slower (docs/performance.md).
    name: 'MALLOC_ARENA_MAX'
    value: '2'
  }
  {
    name: 'APPLICATIONINSIGHTS_CONNECTION_STRING'
    value: insightsConnectionString
  }
  {
    name: 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING'
    value: 'ClientId=${identityClientId};Authorization=AAD'
  }
]
var telemetry = empty(otlpEndpoint) ? [] : [
  {
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT'
    value: otlpEndpoint
  }
]
var secrets = [for secret in secretNames: {
  name: secret
  value: '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/${replace(secret, '_', '-')})'
}]

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  // checkov:skip=CKV_AZURE_225: It is a parameter: not every region has it, and it costs two instances more that always wait.
  name: name
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  // checkov:skip=CKV_AZURE_222: Alerts and ticketing systems call it from the internet; the program authenticates each of them.
  // checkov:skip=CKV_AZURE_17: None of those can show a client certificate.
  // checkov:skip=CKV_AZURE_212: Instances that always wait are a parameter.
  // checkov:skip=CKV_AZURE_213: The plan has no such check. /api/v1/health is for a watcher outside.
  name: name
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    clientAffinityEnabled: false
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      runtime: {
        name: 'custom'
        version: '1.0'
      }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packagesUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemory
        maximumInstanceCount: instancesMax
        alwaysReady: alwaysReady == 0 ? [] : [
          {
            name: 'http'
            instanceCount: alwaysReady
          }
        ]
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
      appSettings: concat(settings, telemetry, secrets)
    }
  }

  // Deploying takes a token of Microsoft Entra. There is no password that could be stolen.
  resource ftp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: {
      allow: false
    }
  }

  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: {
      allow: false
    }
  }
}

resource appLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: app
  name: 'to-workspace'
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'FunctionAppLogs'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

output name string = app.name
output hostName string = app.properties.defaultHostName
