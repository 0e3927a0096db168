// People hear when the resource group costs more than it should. A budget stops nothing.

@description('Name of the budget.')
param name string
@description('Amount a month, in the currency of the subscription.')
@minValue(1)
param amount int
@description('First day of a month, such as 2027-01-01. It cannot be changed later.')
param startDate string
@description('Who hears it.')
param mailAddresses array

resource budget 'Microsoft.Consumption/budgets@2023-11-01' = {
  name: name
  properties: {
    amount: amount
    category: 'Cost'
    timeGrain: 'Monthly'
    timePeriod: {
      startDate: startDate
    }
    notifications: {
      most: {
        enabled: true
        operator: 'GreaterThanOrEqualTo'
        threshold: 80
        thresholdType: 'Actual'
        contactEmails: mailAddresses
      }
      all: {
        enabled: true
        operator: 'GreaterThanOrEqualTo'
        threshold: 100
        thresholdType: 'Forecasted'
        contactEmails: mailAddresses
      }
    }
  }
}
