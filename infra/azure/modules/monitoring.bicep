// Where the app's own logs, traces and metrics go. Not where customers' sign-in logs are: those stay with the customers.

@description('Name of the workspace and of the Application Insights resource.')
param name string
@description('Region.')
param location string
@description('Tags.')
param tags object
@description('How long logs are kept, in days.')
@minValue(30)
@maxValue(730)
param retentionDays int
@description('Most gigabytes a day. What comes after that is lost until the next day, so this is a brake and no budget. -1: none.')
param dailyQuotaGb int

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    sku: {
      name: 'PerGB2018'
    }
    retentionInDays: retentionDays
    workspaceCapping: {
      dailyQuotaGb: dailyQuotaGb
    }
    features: {
      disableLocalAuth: true
      enableLogAccessUsingOnlyResourcePermissions: true
    }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: name
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    // Only identities with Monitoring Metrics Publisher may write; the connection string alone is no key.
    DisableLocalAuth: true
    IngestionMode: 'LogAnalytics'
  }
}

output workspaceId string = workspace.id
output insightsName string = insights.name
output insightsConnectionString string = insights.properties.ConnectionString
