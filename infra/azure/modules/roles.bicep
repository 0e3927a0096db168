// Everything that the app may do in this subscription. It has no right here beyond these four lines.

@description('The app\'s identity.')
param principalId string
@description('The storage account of the Functions host.')
param hostAccountName string
@description('The storage account with the state.')
param stateAccountName string
@description('The Application Insights resource.')
param insightsName string

// Storage Blob Data Owner: the host makes containers, takes leases and stores function keys, and asks for this very role.
var blobDataOwner = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b')
// Storage Queue Data Contributor: to read, write and delete messages, and to copy a poisonous one to its queue.
var queueDataContributor = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '974c5e8b-45b9-4653-ba55-5f855dd0fb88')
// Storage Blob Data Contributor: to read, write and delete documents. Not to change who may.
var blobDataContributor = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'ba92f5b4-2d11-453d-a403-e96b0029c9fe')
// Monitoring Metrics Publisher: to send telemetry to Application Insights, which takes no keys. It reads nothing.
var metricsPublisher = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '3913510d-42f4-4e42-8a64-420c390055eb')

resource hostAccount 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: hostAccountName
}

resource stateAccount 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: stateAccountName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource hostBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: hostAccount
  name: guid(hostAccount.id, principalId, blobDataOwner)
  properties: {
    roleDefinitionId: blobDataOwner
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

resource hostQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: hostAccount
  name: guid(hostAccount.id, principalId, queueDataContributor)
  properties: {
    roleDefinitionId: queueDataContributor
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

resource stateBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: stateAccount
  name: guid(stateAccount.id, principalId, blobDataContributor)
  properties: {
    roleDefinitionId: blobDataContributor
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

resource telemetry 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: insights
  name: guid(insights.id, principalId, metricsPublisher)
  properties: {
    roleDefinitionId: metricsPublisher
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}
