// Who the app is. A user-assigned identity, because only such a one can be the federated credential of an app
// registration: the app then signs in to customers' tenants without any secret (docs/azure.md, step 3).

@description('Name of the identity.')
param name string
@description('Region.')
param location string
@description('Tags.')
param tags object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: name
  location: location
  tags: tags
}

output id string = identity.id
output clientId string = identity.properties.clientId
output principalId string = identity.properties.principalId
