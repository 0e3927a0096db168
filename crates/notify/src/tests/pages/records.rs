use super::{LINKING, check};
use crate::tests::stand;
use expect_test::expect;

#[tokio::test]
async fn pagerduty_gets_events() {
    check(
        stand::pagerduty(),
        LINKING,
        expect![[r#"
            == triggered
            POST https://events.pagerduty.com/v2/enqueue
            content-type: application/json
            client = "Gatehouse"
            dedup_key = "5a1c7f0e93d24a55"
            event_action = "trigger"
            links[0] = {"href":"https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233","text":"Acknowledge"}
            payload.class = "incident"
            payload.component = "emergency-access"
            payload.custom_details = {"Account":"bg-01@examplecorp.onmicrosoft.com","Customer":"Example Corp","IP":"203.0.113.77 (Oslo, NO)","Incidents":"5a1c7f0e93d24a55, 6b2d8f1fa4e35b66","Result":"Success (0)","Since":"2026-11-20T02:38:41Z","Text":"If nobody on the call list did this, treat it as a compromise."}
            payload.severity = "critical"
            payload.source = "gatehouse"
            payload.summary = "Break-glass account signed in"
            payload.timestamp = "2026-11-20T02:38:41Z"
            routing_key = "R0hush"
            == updated
            - payload.summary = "Break-glass account signed in"
            + payload.summary = "Details: Break-glass account signed in"
            == acknowledged
            - client = "Gatehouse"
            - event_action = "trigger"
            - links[0] = {"href":"https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233","text":"Acknowledge"}
            - payload.class = "incident"
            - payload.component = "emergency-access"
            - payload.custom_details = {"Account":"bg-01@examplecorp.onmicrosoft.com","Customer":"Example Corp","IP":"203.0.113.77 (Oslo, NO)","Incidents":"5a1c7f0e93d24a55, 6b2d8f1fa4e35b66","Result":"Success (0)","Since":"2026-11-20T02:38:41Z","Text":"If nobody on the call list did this, treat it as a compromise."}
            - payload.severity = "critical"
            - payload.source = "gatehouse"
            - payload.summary = "Break-glass account signed in"
            - payload.timestamp = "2026-11-20T02:38:41Z"
            + event_action = "acknowledge"
            == resolved
            - client = "Gatehouse"
            - event_action = "trigger"
            - links[0] = {"href":"https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233","text":"Acknowledge"}
            - payload.class = "incident"
            - payload.component = "emergency-access"
            - payload.custom_details = {"Account":"bg-01@examplecorp.onmicrosoft.com","Customer":"Example Corp","IP":"203.0.113.77 (Oslo, NO)","Incidents":"5a1c7f0e93d24a55, 6b2d8f1fa4e35b66","Result":"Success (0)","Since":"2026-11-20T02:38:41Z","Text":"If nobody on the call list did this, treat it as a compromise."}
            - payload.severity = "critical"
            - payload.source = "gatehouse"
            - payload.summary = "Break-glass account signed in"
            - payload.timestamp = "2026-11-20T02:38:41Z"
            + event_action = "resolve"
            == test
            - payload.severity = "critical"
            - payload.summary = "Break-glass account signed in"
            + payload.severity = "info"
            + payload.summary = "TEST: Break-glass account signed in"
            == drill
            - payload.summary = "Break-glass account signed in"
            + payload.summary = "DRILL: Break-glass account signed in"
            == may repeat
            - payload.summary = "Break-glass account signed in"
            + payload.summary = "Break-glass account signed in (may repeat)"
        "#]],
        expect![[r#"
            == hostile
            POST https://events.pagerduty.com/v2/enqueue
            content-type: application/json
            client = "Gatehouse"
            dedup_key = "5a1c7f0e93d24a55"
            event_action = "trigger"
            links[0] = {"href":"https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233","text":"Acknowledge"}
            payload.class = "incident"
            payload.component = "emergency-access"
            payload.custom_details = {"<!channel> @channel [free](https[:]//evil[.]example) <a href=\"h…":"[code]<b>x</b>[/code]","App":"<!channel> @channel [free](https[:]//evil[.]example) <a href=\"https[:]//evil[.]example\">*x*</a> `y` www[.]evil[.]example  Bcc: all@evil.example ","By":"<!channel> @channel [free](https[:]//evil[.]example) <a href=\"https[:]//evil[.]example\">*x*</a> `y` www[.]evil[.]example  Bcc: all@evil.example ","Customer":"Contoso <!channel> @channel [free](https[:]//evil[.]example) <a href=\"https[:]//evil[.]example\">*x*</a> `y` www[.]evil[.]example  Bcc: all@evil.example ","Incidents":"5a1c7f0e93d24a55, 6b2d8f1fa4e35b66","Since":"2026-11-20T02:38:41Z","Text":"Text <!channel> @channel [free](https[:]//evil[.]example) <a href=\"https[:]//evil[.]example\">*x*</a> `y` www[.]evil[.]example  Bcc: all@evil.example "}
            payload.severity = "critical"
            payload.source = "gatehouse"
            payload.summary = "Sign-in <!channel> @channel [free](https[:]//evil[.]example) <a href=\"https[:]//evil[.]example\">*x*</a> `y` www[.]evil[.]example  Bcc: all@evil.example "
            payload.timestamp = "2026-11-20T02:38:41Z"
            routing_key = "R0hush"
        "#]],
    )
    .await;
}

#[tokio::test]
async fn jira_gets_an_alert_and_what_becomes_of_it() {
    check(stand::jsm(), LINKING, expect![[r#"
        == triggered
        POST https://api.atlassian.com/jsm/ops/api/55555555-5555-4555-8555-555555555555/v1/alerts
        authorization: Basic Z2F0ZWhvdXNlQGV4YW1wbGUuY29tOmh1c2g=
        accept: application/json
        content-type: application/json
        alias = "5a1c7f0e93d24a55"
        description = "If nobody on the call list did this, treat it as a compromise.\n\nCustomer: Example Corp\nAccount: bg-01@examplecorp.onmicrosoft.com\nResult: Success (0)\nIP: 203.0.113.77 (Oslo, NO)\nSince: 2026-11-20T02:38:41Z\nIncidents: 5a1c7f0e93d24a55, 6b2d8f1fa4e35b66\n\nAcknowledge: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\n"
        extraProperties = {"Account":"bg-01@examplecorp.onmicrosoft.com","Customer":"Example Corp","IP":"203.0.113.77 (Oslo, NO)","Incidents":"5a1c7f0e93d24a55, 6b2d8f1fa4e35b66","Result":"Success (0)","Since":"2026-11-20T02:38:41Z"}
        message = "Break-glass account signed in"
        priority = "P1"
        responders[0] = {"id":"66666666-6666-4666-8666-666666666666","type":"team"}
        source = "gatehouse"
        tags = ["gatehouse","incident"]
        == updated
        - POST https://api.atlassian.com/jsm/ops/api/55555555-5555-4555-8555-555555555555/v1/alerts
        - alias = "5a1c7f0e93d24a55"
        - description = "If nobody on the call list did this, treat it as a compromise.\n\nCustomer: Example Corp\nAccount: bg-01@examplecorp.onmicrosoft.com\nResult: Success (0)\nIP: 203.0.113.77 (Oslo, NO)\nSince: 2026-11-20T02:38:41Z\nIncidents: 5a1c7f0e93d24a55, 6b2d8f1fa4e35b66\n\nAcknowledge: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\n"
        - extraProperties = {"Account":"bg-01@examplecorp.onmicrosoft.com","Customer":"Example Corp","IP":"203.0.113.77 (Oslo, NO)","Incidents":"5a1c7f0e93d24a55, 6b2d8f1fa4e35b66","Result":"Success (0)","Since":"2026-11-20T02:38:41Z"}
        - message = "Break-glass account signed in"
        - priority = "P1"
        - responders[0] = {"id":"66666666-6666-4666-8666-666666666666","type":"team"}
        - source = "gatehouse"
        - tags = ["gatehouse","incident"]
        + GET https://api.atlassian.com/jsm/ops/api/55555555-5555-4555-8555-555555555555/v1/alerts/alias?alias=5a1c7f0e93d24a55
        + POST https://api.atlassian.com/jsm/ops/api/55555555-5555-4555-8555-555555555555/v1/alerts/alert-1/notes
        + note = "Details: Break-glass account signed in\n\nIf nobody on the call list did this, treat it as a compromise.\n\nCustomer: Example Corp\nAccount: bg-01@examplecorp.onmicrosoft.com\nResult: Success (0)\nIP: 203.0.113.77 (Oslo, NO)\nSince: 2026-11-20T02:38:41Z\nIncidents: 5a1c7f0e93d24a55, 6b2d8f1fa4e35b66\n\nAcknowledge: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\n"
        == acknowledged
        - POST https://api.atlassian.com/jsm/ops/api/55555555-5555-4555-8555-555555555555/v1/alerts
        - alias = "5a1c7f0e93d24a55"
        - description = "If nobody on the call list did this, treat it as a compromise.\n\nCustomer: Example Corp\nAccount: bg-01@examplecorp.onmicrosoft.com\nResult: Success (0)\nIP: 203.0.113.77 (Oslo, NO)\nSince: 2026-11-20T02:38:41Z\nIncidents: 5a1c7f0e93d24a55, 6b2d8f1fa4e35b66\n\nAcknowledge: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\n"
        - extraProperties = {"Account":"bg-01@examplecorp.onmicrosoft.com","Customer":"Example Corp","IP":"203.0.113.77 (Oslo, NO)","Incidents":"5a1c7f0e93d24a55, 6b2d8f1fa4e35b66","Result":"Success (0)","Since":"2026-11-20T02:38:41Z"}
        - message = "Break-glass account signed in"
        - priority = "P1"
        - responders[0] = {"id":"66666666-6666-4666-8666-666666666666","type":"team"}
        - source = "gatehouse"
        - tags = ["gatehouse","incident"]
        + GET https://api.atlassian.com/jsm/ops/api/55555555-5555-4555-8555-555555555555/v1/alerts/alias?alias=5a1c7f0e93d24a55
        + POST https://api.atlassian.com/jsm/ops/api/55555555-5555-4555-8555-555555555555/v1/alerts/alert-1/acknowledge
        == resolved
        - POST https://api.atlassian.com/jsm/ops/api/55555555-5555-4555-8555-555555555555/v1/alerts
        - alias = "5a1c7f0e93d24a55"
        - description = "If nobody on the call list did this, treat it as a compromise.\n\nCustomer: Example Corp\nAccount: bg-01@examplecorp.onmicrosoft.com\nResult: Success (0)\nIP: 203.0.113.77 (Oslo, NO)\nSince: 2026-11-20T02:38:41Z\nIncidents: 5a1c7f0e93d24a55, 6b2d8f1fa4e35b66\n\nAcknowledge: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\n"
        - extraProperties = {"Account":"bg-01@examplecorp.onmicrosoft.com","Customer":"Example Corp","IP":"203.0.113.77 (Oslo, NO)","Incidents":"5a1c7f0e93d24a55, 6b2d8f1fa4e35b66","Result":"Success (0)","Since":"2026-11-20T02:38:41Z"}
        - message = "Break-glass account signed in"
        - priority = "P1"
        - responders[0] = {"id":"66666666-6666-4666-8666-666666666666","type":"team"}
        - source = "gatehouse"
        - tags = ["gatehouse","incident"]
        + GET https://api.atlassian.com/jsm/ops/api/55555555-5555-4555-8555-555555555555/v1/alerts/alias?alias=5a1c7f0e93d24a55
        + POST https://api.atlassian.com/jsm/ops/api/55555555-5555-4555-8555-555555555555/v1/alerts/alert-1/close
        == test
        - message = "Break-glass account signed in"
        - priority = "P1"
        + message = "TEST: Break-glass account signed in"
        + priority = "P5"
        == drill
        - message = "Break-glass account signed in"
        + message = "DRILL: Break-glass account signed in"
        == may repeat
        - message = "Break-glass account signed in"
        + message = "Break-glass account signed in (may repeat)"
    "#]], expect![[r#"
        == hostile
        POST https://api.atlassian.com/jsm/ops/api/55555555-5555-4555-8555-555555555555/v1/alerts
        authorization: Basic Z2F0ZWhvdXNlQGV4YW1wbGUuY29tOmh1c2g=
        accept: application/json
        content-type: application/json
        alias = "5a1c7f0e93d24a55"
        description = "Text <!channel> @channel [free](https[:]//evil[.]example) <a href=\"https[:]//evil[.]example\">*x*</a> `y` www[.]evil[.]example  Bcc: all@evil.example \n\nCustomer: Contoso <!channel> @channel [free](https[:]//evil[.]example) <a href=\"https[:]//evil[.]example\">*x*</a> `y` www[.]evil[.]example  Bcc: all@evil.example \nBy: <!channel> @channel [free](https[:]//evil[.]example) <a href=\"https[:]//evil[.]example\">*x*</a> `y` www[.]evil[.]example  Bcc: all@evil.example \nApp: <!channel> @channel [free](https[:]//evil[.]example) <a href=\"https[:]//evil[.]example\">*x*</a> `y` www[.]evil[.]example  Bcc: all@evil.example \n<!channel> @channel [free](https[:]//evil[.]example) <a href=\"h…: [code]<b>x</b>[/code]\nSince: 2026-11-20T02:38:41Z\nIncidents: 5a1c7f0e93d24a55, 6b2d8f1fa4e35b66\n\nAcknowledge: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\n"
        extraProperties = {"<!channel> @channel [free](https[:]//evil[.]example) <a href=\"h…":"[code]<b>x</b>[/code]","App":"<!channel> @channel [free](https[:]//evil[.]example) <a href=\"https[:]//evil[.]example\">*x*</a> `y` www[.]evil[.]example  Bcc: all@evil.example ","By":"<!channel> @channel [free](https[:]//evil[.]example) <a href=\"https[:]//evil[.]example\">*x*</a> `y` www[.]evil[.]example  Bcc: all@evil.example ","Customer":"Contoso <!channel> @channel [free](https[:]//evil[.]example) <a href=\"https[:]//evil[.]example\">*x*</a> `y` www[.]evil[.]example  Bcc: all@evil.example ","Incidents":"5a1c7f0e93d24a55, 6b2d8f1fa4e35b66","Since":"2026-11-20T02:38:41Z"}
        message = "Sign-in <!channel> @channel [free](https[:]//evil[.]example) <a href=\"https[:]//evil[.]example\">*x*</a> `y` www[.]evil[.]example …"
        priority = "P1"
        responders[0] = {"id":"66666666-6666-4666-8666-666666666666","type":"team"}
        source = "gatehouse"
        tags = ["gatehouse","incident"]
    "#]]).await;
}

#[tokio::test]
async fn servicenow_gets_an_incident_and_notes() {
    check(stand::servicenow(), LINKING, expect![[r#"
        == triggered
        GET https://records.example/api/now/table/incident?sysparm_query=correlation_id=5a1c7f0e93d24a55&sysparm_fields=sys_id,correlation_id&sysparm_limit=1
        authorization: Basic Z2F0ZWhvdXNlOmh1c2g=
        accept: application/json
        POST https://records.example/api/now/table/incident?sysparm_fields=sys_id,number
        authorization: Basic Z2F0ZWhvdXNlOmh1c2g=
        accept: application/json
        content-type: application/json
        assignment_group = "SecOps"
        category = "security"
        correlation_display = "gatehouse"
        correlation_id = "5a1c7f0e93d24a55"
        description = "If nobody on the call list did this, treat it as a compromise.\n\nCustomer: Example Corp\nAccount: bg-01@examplecorp.onmicrosoft.com\nResult: Success (0)\nIP: 203.0.113.77 (Oslo, NO)\nSince: 2026-11-20T02:38:41Z\nIncidents: 5a1c7f0e93d24a55, 6b2d8f1fa4e35b66\n\nAcknowledge: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\n"
        impact = "1"
        short_description = "Break-glass account signed in"
        urgency = "1"
        == updated
        - POST https://records.example/api/now/table/incident?sysparm_fields=sys_id,number
        - assignment_group = "SecOps"
        - category = "security"
        - correlation_display = "gatehouse"
        - correlation_id = "5a1c7f0e93d24a55"
        - description = "If nobody on the call list did this, treat it as a compromise.\n\nCustomer: Example Corp\nAccount: bg-01@examplecorp.onmicrosoft.com\nResult: Success (0)\nIP: 203.0.113.77 (Oslo, NO)\nSince: 2026-11-20T02:38:41Z\nIncidents: 5a1c7f0e93d24a55, 6b2d8f1fa4e35b66\n\nAcknowledge: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\n"
        - impact = "1"
        - short_description = "Break-glass account signed in"
        - urgency = "1"
        + PATCH https://records.example/api/now/table/incident/9d385017c611228701d22104cc95c371
        + work_notes = "Details: Break-glass account signed in\n\nIf nobody on the call list did this, treat it as a compromise.\n\nCustomer: Example Corp\nAccount: bg-01@examplecorp.onmicrosoft.com\nResult: Success (0)\nIP: 203.0.113.77 (Oslo, NO)\nSince: 2026-11-20T02:38:41Z\nIncidents: 5a1c7f0e93d24a55, 6b2d8f1fa4e35b66\n\nAcknowledge: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\n"
        == acknowledged
        - POST https://records.example/api/now/table/incident?sysparm_fields=sys_id,number
        - assignment_group = "SecOps"
        - category = "security"
        - correlation_display = "gatehouse"
        - correlation_id = "5a1c7f0e93d24a55"
        - description = "If nobody on the call list did this, treat it as a compromise.\n\nCustomer: Example Corp\nAccount: bg-01@examplecorp.onmicrosoft.com\nResult: Success (0)\nIP: 203.0.113.77 (Oslo, NO)\nSince: 2026-11-20T02:38:41Z\nIncidents: 5a1c7f0e93d24a55, 6b2d8f1fa4e35b66\n\nAcknowledge: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\n"
        - impact = "1"
        - short_description = "Break-glass account signed in"
        - urgency = "1"
        + PATCH https://records.example/api/now/table/incident/9d385017c611228701d22104cc95c371
        + work_notes = "Acknowledged: Break-glass account signed in\n\nIf nobody on the call list did this, treat it as a compromise.\n\nCustomer: Example Corp\nBy: ola@example.com\nAccount: bg-01@examplecorp.onmicrosoft.com\nResult: Success (0)\nIP: 203.0.113.77 (Oslo, NO)\nSince: 2026-11-20T02:38:41Z\nIncidents: 5a1c7f0e93d24a55, 6b2d8f1fa4e35b66\n\nOpen the incident: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\n"
        == resolved
        - POST https://records.example/api/now/table/incident?sysparm_fields=sys_id,number
        - assignment_group = "SecOps"
        - category = "security"
        - correlation_display = "gatehouse"
        - correlation_id = "5a1c7f0e93d24a55"
        - description = "If nobody on the call list did this, treat it as a compromise.\n\nCustomer: Example Corp\nAccount: bg-01@examplecorp.onmicrosoft.com\nResult: Success (0)\nIP: 203.0.113.77 (Oslo, NO)\nSince: 2026-11-20T02:38:41Z\nIncidents: 5a1c7f0e93d24a55, 6b2d8f1fa4e35b66\n\nAcknowledge: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\n"
        - impact = "1"
        - short_description = "Break-glass account signed in"
        - urgency = "1"
        + PATCH https://records.example/api/now/table/incident/9d385017c611228701d22104cc95c371
        + work_notes = "Closed: Break-glass account signed in\n\nIf nobody on the call list did this, treat it as a compromise.\n\nCustomer: Example Corp\nBy: ola@example.com\nAccount: bg-01@examplecorp.onmicrosoft.com\nResult: Success (0)\nIP: 203.0.113.77 (Oslo, NO)\nSince: 2026-11-20T02:38:41Z\nIncidents: 5a1c7f0e93d24a55, 6b2d8f1fa4e35b66\n\nOpen the incident: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\n"
        == test
        - impact = "1"
        - short_description = "Break-glass account signed in"
        - urgency = "1"
        + impact = "3"
        + short_description = "TEST: Break-glass account signed in"
        + urgency = "3"
        == drill
        - short_description = "Break-glass account signed in"
        + short_description = "DRILL: Break-glass account signed in"
        == may repeat
        - short_description = "Break-glass account signed in"
        + short_description = "Break-glass account signed in (may repeat)"
    "#]], expect![[r#"
        == hostile
        GET https://records.example/api/now/table/incident?sysparm_query=correlation_id=5a1c7f0e93d24a55&sysparm_fields=sys_id,correlation_id&sysparm_limit=1
        authorization: Basic Z2F0ZWhvdXNlOmh1c2g=
        accept: application/json
        POST https://records.example/api/now/table/incident?sysparm_fields=sys_id,number
        authorization: Basic Z2F0ZWhvdXNlOmh1c2g=
        accept: application/json
        content-type: application/json
        assignment_group = "SecOps"
        category = "security"
        correlation_display = "gatehouse"
        correlation_id = "5a1c7f0e93d24a55"
        description = "Text <!channel> @channel [free](https[:]//evil[.]example) <a href=\"https[:]//evil[.]example\">*x*</a> `y` www[.]evil[.]example  Bcc: all@evil.example \n\nCustomer: Contoso <!channel> @channel [free](https[:]//evil[.]example) <a href=\"https[:]//evil[.]example\">*x*</a> `y` www[.]evil[.]example  Bcc: all@evil.example \nBy: <!channel> @channel [free](https[:]//evil[.]example) <a href=\"https[:]//evil[.]example\">*x*</a> `y` www[.]evil[.]example  Bcc: all@evil.example \nApp: <!channel> @channel [free](https[:]//evil[.]example) <a href=\"https[:]//evil[.]example\">*x*</a> `y` www[.]evil[.]example  Bcc: all@evil.example \n<!channel> @channel [free](https[:]//evil[.]example) <a href=\"h…: [code]<b>x</b>[/code]\nSince: 2026-11-20T02:38:41Z\nIncidents: 5a1c7f0e93d24a55, 6b2d8f1fa4e35b66\n\nAcknowledge: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\n"
        impact = "1"
        short_description = "Sign-in <!channel> @channel [free](https[:]//evil[.]example) <a href=\"https[:]//evil[.]example\">*x*</a> `y` www[.]evil[.]example  Bcc: all@evil.example "
        urgency = "1"
    "#]]).await;
}
