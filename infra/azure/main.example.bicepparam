using 'main.bicep'

param name = 'gatehouse-northwind'
param tags = {
  owner: 'identity-team'
}

// One for each env: in the configuration.
param secretNames = [
  'PAGERDUTY_ROUTING_KEY'
  'TEAMS_FLOW_URL'
]

param alwaysReady = 1
param immutableDays = 365

param budgetAmount = 100
param budgetStart = '2027-01-01'
param budgetMailAddresses = [
  'ops@northwind.example'
]
