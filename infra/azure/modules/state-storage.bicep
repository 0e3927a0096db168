// What Gatehouse itself keeps: the state with the journal, and the published configuration.

@description('Name of the storage account.')
@minLength(3)
@maxLength(24)
param name string
@description('Region.')
param location string
@description('Tags.')
param tags object
@description('Copies: ZRS within the region; GZRS or RAGZRS also in the paired region.')
@allowed([
  'Standard_LRS'
  'Standard_ZRS'
  'Standard_GRS'
  'Standard_RAGRS'
  'Standard_GZRS'
  'Standard_RAGZRS'
])
param sku string
@description('Subnets that may reach the account. Empty: any network, with a token of Microsoft Entra.')
param subnetIds array
@description('Addresses that may reach it beside those, such as where configuration is published from.')
param ipRules array
@description('For how many days nobody, not even an owner of the subscription, can delete or change a version of a blob once it was written. 0: no such policy. It can be lengthened and, until it is locked, removed.')
@minValue(0)
@maxValue(3650)
param immutableDays int
@description('Workspace for the diagnostic settings.')
param workspaceId string

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  // checkov:skip=CKV_AZURE_35: Without a network of its own the app comes from addresses that nobody can list. Tokens of Microsoft Entra are asked for in any case.
  // checkov:skip=CKV_AZURE_206: It is a parameter; the default is three zones.
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: sku
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
      ipRules: [for address in ipRules: {
        value: address
      }]
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' = {
  parent: account
  name: 'default'
  properties: {
    // Every document keeps what it was before, and can be put back.
    isVersioningEnabled: true
    deleteRetentionPolicy: {
      enabled: true
      days: 14
    }
    containerDeleteRetentionPolicy: {
      enabled: true
      days: 30
    }
  }
}

// With versions it is each version that cannot be changed, so leases and heads are replaced and deleted as ever: what was
// there before stays as an older version. A policy on blobs as such would stop the program.
resource state 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = {
  parent: blobs
  name: 'state'
  properties: {
    publicAccess: 'None'
    immutableStorageWithVersioning: {
      enabled: immutableDays > 0
    }
  }
}

resource immutable 'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies@2023-05-01' = if (immutableDays > 0) {
  parent: state
  name: 'default'
  properties: {
    immutabilityPeriodSinceCreationInDays: immutableDays
  }
}

resource configuration 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = {
  parent: blobs
  name: 'configuration'
  properties: {
    publicAccess: 'None'
  }
}

// Only earlier versions are ever thrown away, and of the journal nothing: it has no rule.
resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2023-05-01' = {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'versions-of-what-changes-every-minute'
          type: 'Lifecycle'
          definition: {
            filters: {
              blobTypes: [
                'blockBlob'
              ]
              prefixMatch: [
                'state/partner/'
                'state/lease/'
                'state/window/'
                'state/open/'
                'state/schedule'
                'state/watch'
              ]
            }
            actions: {
              version: {
                delete: {
                  daysAfterCreationGreaterThan: 1
                }
              }
            }
          }
        }
        {
          name: 'versions-of-customers-and-requests'
          type: 'Lifecycle'
          definition: {
            filters: {
              blobTypes: [
                'blockBlob'
              ]
              prefixMatch: [
                'state/customers/'
                'state/requests/'
                'state/incidents/'
                'state/notice/'
                'state/orders'
              ]
            }
            actions: {
              version: {
                delete: {
                  daysAfterCreationGreaterThan: 30
                }
              }
            }
          }
        }
      ]
    }
  }
}

// Who wrote and who deleted: the other end of the journal's own hash chain.
resource blobLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: blobs
  name: 'to-workspace'
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'StorageDelete'
        enabled: true
      }
      {
        category: 'StorageWrite'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'Transaction'
        enabled: true
      }
    ]
  }
}

// Deleting the account would delete the journal with all its versions.
resource lock 'Microsoft.Authorization/locks@2020-05-01' = {
  scope: account
  name: 'holds-the-journal'
  properties: {
    level: 'CanNotDelete'
    notes: 'Gatehouse keeps its state and its journal here.'
  }
}

output name string = account.name
output stateUrl string = 'az://${account.name}/state'
output configurationUrl string = 'az://${account.name}/configuration'
