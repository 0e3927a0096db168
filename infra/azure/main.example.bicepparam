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
// The days for which no version of the state can be deleted by anybody, such as 365. It can be given to a new container alone.
param immutableDays = 0

param budgetAmount = 100
param budgetStart = '2027-01-01'
param budgetMailAddresses = [
  'ops@northwind.example'
]
