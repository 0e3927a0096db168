// Gatehouse on Azure Functions: everything that one deployment needs, in one resource group. docs/azure.md goes through it.

targetScope = 'resourceGroup'

@description('Name of the app, and the beginning of every other name: small letters, digits and hyphens. Together with azurewebsites.net it must be new to the world.')
@minLength(3)
@maxLength(40)
param name string
@description('Region. az functionapp list-flexconsumption-locations names those that have the plan.')
param location string = resourceGroup().location
@description('Tags of everything.')
param tags object = {}

@description('Names of the environment variables that the configuration refers to with env:. Each becomes the Key Vault secret of that name, with - for _.')
param secretNames array = []
@description('Log filter.')
param log string = 'info'
@description('Base of an OpenTelemetry collector. Empty: none. Its headers, if it wants any, are the secret OTEL_EXPORTER_OTLP_HEADERS.')
param otlpEndpoint string = ''

@description('Megabytes of memory of an instance: 512, 2048 or 4096.')
@allowed([
  512
  2048
  4096
])
param instanceMemory int = 512
@description('Most instances of each group of functions.')
param instancesMax int = 40
@description('Instances that always wait for HTTP calls. 1 where break-glass accounts are watched.')
param alwaysReady int = 1
@description('Whether instances are spread over three zones, where the region has them. Wants alwaysReady = 2 or more.')
param zoneRedundant bool = false

@description('Copies of the state.')
param stateSku string = 'Standard_ZRS'
@description('For how many days a written version of the state can neither be changed nor deleted by anybody. 0: no such policy.')
param immutableDays int = 0

@description('Whether the app and its storage get a network of their own.')
param useNetwork bool = false
@description('Addresses of that network.')
param addressPrefix string = '10.117.0.0/24'
@description('Addresses of the app within it: /27 or larger.')
param subnetPrefix string = '10.117.0.0/26'
@description('Addresses outside that network from which configuration is published.')
param ipRules array = []

@description('How long logs are kept, in days.')
param retentionDays int = 90
@description('Most gigabytes of logs a day. -1: no limit.')
param dailyQuotaGb int = 5

@description('Budget a month, in the currency of the subscription. 0: none.')
param budgetAmount int = 0
@description('First day of a month, from which the budget counts.')
param budgetStart string = '2027-01-01'
@description('Who hears of the budget.')
param budgetMailAddresses array = []

// Names of storage accounts and vaults are new to the world, at most 24 letters and digits long.
var short = take(replace(toLower(name), '-', ''), 9)
var unique = uniqueString(resourceGroup().id, name)

module identity 'modules/identity.bicep' = {
  name: 'identity'
  params: {
    name: name
    location: location
    tags: tags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  params: {
    name: name
    location: location
    tags: tags
    retentionDays: retentionDays
    dailyQuotaGb: dailyQuotaGb
  }
}

module network 'modules/network.bicep' = if (useNetwork) {
  name: 'network'
  params: {
    name: name
    location: location
    tags: tags
    addressPrefix: addressPrefix
    subnetPrefix: subnetPrefix
  }
}

module hostStorage 'modules/host-storage.bicep' = {
  name: 'host-storage'
  params: {
    name: '${short}h${unique}'
    location: location
    tags: tags
    subnetIds: useNetwork ? [
      network.outputs.subnetId
    ] : []
    workspaceId: monitoring.outputs.workspaceId
  }
}

module stateStorage 'modules/state-storage.bicep' = {
  name: 'state-storage'
  params: {
    name: '${short}s${unique}'
    location: location
    tags: tags
    sku: stateSku
    subnetIds: useNetwork ? [
      network.outputs.subnetId
    ] : []
    ipRules: ipRules
    immutableDays: immutableDays
    workspaceId: monitoring.outputs.workspaceId
  }
}

module secrets 'modules/secrets.bicep' = {
  name: 'secrets'
  params: {
    name: '${short}k${unique}'
    location: location
    tags: tags
    principalId: identity.outputs.principalId
    workspaceId: monitoring.outputs.workspaceId
  }
}

// Before the app: it would otherwise start without the right to its own storage.
module roles 'modules/roles.bicep' = {
  name: 'roles'
  params: {
    principalId: identity.outputs.principalId
    hostAccountName: hostStorage.outputs.name
    stateAccountName: stateStorage.outputs.name
    insightsName: monitoring.outputs.insightsName
  }
}

module app 'modules/app.bicep' = {
  name: 'app'
  params: {
    name: name
    location: location
    tags: tags
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    hostAccountName: hostStorage.outputs.name
    packagesUrl: hostStorage.outputs.packagesUrl
    configurationUrl: stateStorage.outputs.configurationUrl
    insightsConnectionString: monitoring.outputs.insightsConnectionString
    instanceMemory: instanceMemory
    instancesMax: instancesMax
    alwaysReady: alwaysReady
    zoneRedundant: zoneRedundant
    log: log
    otlpEndpoint: otlpEndpoint
    secretNames: secretNames
    vaultUri: secrets.outputs.uri
    subnetId: useNetwork ? network.outputs.subnetId : ''
    workspaceId: monitoring.outputs.workspaceId
  }
  dependsOn: [
    roles
  ]
}

module budget 'modules/budget.bicep' = if (budgetAmount > 0) {
  name: 'budget'
  params: {
    name: name
    amount: budgetAmount
    startDate: budgetStart
    mailAddresses: budgetMailAddresses
  }
}

@description('The name of the app, for deploying the package.')
output appName string = app.outputs.name
@description('The base of every public address, and of the webhook of customers\' action groups.')
output url string = 'https://${app.outputs.hostName}'
@description('[app] credential = { managed_identity = "…" }')
output managedIdentityClientId string = identity.outputs.clientId
@description('The subject of the federated credential on the app registration.')
output managedIdentityPrincipalId string = identity.outputs.principalId
@description('[store] url')
output storeUrl string = stateStorage.outputs.stateUrl
@description('Where configuration is published to.')
output configurationUrl string = stateStorage.outputs.configurationUrl
@description('Where secrets are put.')
output vaultUri string = secrets.outputs.uri
@description('Scope of the app\'s logs.')
output workspaceId string = monitoring.outputs.workspaceId
@description('The one address that calls come from, with a network of its own.')
output address string = useNetwork ? network.outputs.address : ''
