// What the Functions host itself keeps: its locks, the timers' last runs, function keys, the queue and the package.
// Apart from the state, because the host must own the blobs here, and because versions of its locks are worth nothing.

@description('Name of the storage account.')
@minLength(3)
@maxLength(24)
param name string
@description('Region.')
param location string
@description('Tags.')
param tags object
@description('Subnets that may reach the account. Empty: any network, with a token of Microsoft Entra.')
param subnetIds array
@description('Workspace for the diagnostic settings.')
param workspaceId string

var containers = [
  'packages'
  'azure-webjobs-hosts'
  'azure-webjobs-secrets'
]
var queues = [
  'sync'
  'sync-poison'
]

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  // checkov:skip=CKV_AZURE_35: Without a network of its own the app comes from addresses that nobody can list. Tokens of Microsoft Entra are asked for in any case.
  // checkov:skip=CKV_AZURE_206: Three zones are enough for what can be lost: locks, the package, messages of a minute.
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: 'Standard_ZRS'
  }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    // No account keys and so no connection strings: identities only.
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: empty(subnetIds) ? 'Allow' : 'Deny'
      virtualNetworkRules: [for id in subnetIds: {
        id: id
      }]
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' = {
  parent: account
  name: 'default'
  properties: {
    deleteRetentionPolicy: {
      enabled: true
      days: 7
    }
  }
}

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = [for one in containers: {
  parent: blobs
  name: one
  properties: {
    publicAccess: 'None'
  }
}]

resource queueService 'Microsoft.Storage/storageAccounts/queueServices@2023-05-01' = {
  parent: account
  name: 'default'
}

// The poison queue too: it is where to look when a customer's run failed five times, and an alarm needs it to be there.
resource queue 'Microsoft.Storage/storageAccounts/queueServices/queues@2023-05-01' = [for one in queues: {
  parent: queueService
  name: one
}]

resource queueLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: queueService
  name: 'to-workspace'
  properties: {
    workspaceId: workspaceId
    metrics: [
      {
        category: 'Transaction'
        enabled: true
      }
    ]
  }
}

output name string = account.name
output packagesUrl string = '${account.properties.primaryEndpoints.blob}packages'
