use super::{LINKING, check};
use crate::tests::stand;
use expect_test::expect;

#[tokio::test]
async fn a_webhook_gets_everything() {
    check(
        stand::webhook(),
        &[],
        expect![[r#"
            == triggered
            POST https://siem.example/hook
            content-type: application/json
            webhook-id: 5a1c7f0e93d24a55-duty-1
            webhook-timestamp: 1795142541
            webhook-signature: v1,DIsRiEbcV4GsFgtK15hgk8yoELopBKuMwzlGEOU33TU=
            data.by = null
            data.command = null
            data.customers = ["Example Corp"]
            data.customersCount = 1
            data.drill = false
            data.facts[0] = {"name":"Account","value":"bg-01@examplecorp.onmicrosoft.com"}
            data.facts[1] = {"name":"Result","value":"Success (0)"}
            data.facts[2] = {"name":"IP","value":"203.0.113.77 (Oslo, NO)"}
            data.id = "5a1c7f0e93d24a55"
            data.incidents = ["5a1c7f0e93d24a55","6b2d8f1fa4e35b66"]
            data.incidentsCount = 2
            data.kind = "incident"
            data.link = "https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233"
            data.mayRepeat = false
            data.severity = "critical"
            data.since = "2026-11-20T02:38:41Z"
            data.state = "triggered"
            data.test = false
            data.text = "If nobody on the call list did this, treat it as a compromise."
            data.title = "Break-glass account signed in"
            timestamp = "2026-11-20T02:42:21Z"
            type = "gatehouse.incident.triggered"
            == updated
            - webhook-id: 5a1c7f0e93d24a55-duty-1
            - webhook-signature: v1,DIsRiEbcV4GsFgtK15hgk8yoELopBKuMwzlGEOU33TU=
            - data.state = "triggered"
            - type = "gatehouse.incident.triggered"
            + webhook-id: 5a1c7f0e93d24a55-duty-2
            + webhook-signature: v1,FBus0PBKXypCTCynxMRMvgH6nwwP/hA6Oz5tAJoLgQM=
            + data.state = "updated"
            + type = "gatehouse.incident.updated"
            == acknowledged
            - webhook-signature: v1,DIsRiEbcV4GsFgtK15hgk8yoELopBKuMwzlGEOU33TU=
            - data.by = null
            - data.state = "triggered"
            - type = "gatehouse.incident.triggered"
            + webhook-signature: v1,+an4abu+s+QgNC4k5z9Z6Q71FZ5Tzivjfzow4lRWUH4=
            + data.by = "ola@example.com"
            + data.state = "acknowledged"
            + type = "gatehouse.incident.acknowledged"
            == resolved
            - webhook-signature: v1,DIsRiEbcV4GsFgtK15hgk8yoELopBKuMwzlGEOU33TU=
            - data.by = null
            - data.state = "triggered"
            - type = "gatehouse.incident.triggered"
            + webhook-signature: v1,SGvx/xJtABOlmk4upN1C1elOk6A2uGAfKw/YA6Qtpg4=
            + data.by = "ola@example.com"
            + data.state = "resolved"
            + type = "gatehouse.incident.resolved"
            == test
            - webhook-signature: v1,DIsRiEbcV4GsFgtK15hgk8yoELopBKuMwzlGEOU33TU=
            - data.severity = "critical"
            - data.test = false
            + webhook-signature: v1,okAE6keNtXo0V0ZMdGDMOjhk2CsTZIKj+6kNS3zBvMA=
            + data.severity = "info"
            + data.test = true
            == drill
            - webhook-signature: v1,DIsRiEbcV4GsFgtK15hgk8yoELopBKuMwzlGEOU33TU=
            - data.drill = false
            + webhook-signature: v1,6JfZpUOmorKYE+65WNGOZavmYeEmOLAXx9R15y2L15k=
            + data.drill = true
            == may repeat
            - webhook-signature: v1,DIsRiEbcV4GsFgtK15hgk8yoELopBKuMwzlGEOU33TU=
            - data.mayRepeat = false
            + webhook-signature: v1,q9qeQOGzUmWOyW29S1XkJ85gAu1iJgZzCQ61m4Ljct0=
            + data.mayRepeat = true
        "#]],
        expect![[r#"
            == hostile
            POST https://siem.example/hook
            content-type: application/json
            webhook-id: 5a1c7f0e93d24a55-duty-1
            webhook-timestamp: 1795142541
            webhook-signature: v1,NfuvNt4GtP03BlFIdRkdAsBpus80ONSAKQSNWeM9xPQ=
            data.by = "<!channel> @channel [free](https://evil.example) <a href=\"https://evil.example\">*x*</a> `y` www.evil.example  Bcc: all@evil.example "
            data.command = null
            data.customers = ["Contoso <!channel> @channel [free](https://evil.example) <a href=\"https://evil.example\">*x*</a> `y` www.evil.example  Bcc: all@evil.example "]
            data.customersCount = 1
            data.drill = false
            data.facts[0] = {"name":"App","value":"<!channel> @channel [free](https://evil.example) <a href=\"https://evil.example\">*x*</a> `y` www.evil.example  Bcc: all@evil.example "}
            data.facts[1] = {"name":"<!channel> @channel [free](https://evil.example) <a href=\"h…","value":"[code]<b>x</b>[/code]"}
            data.id = "5a1c7f0e93d24a55"
            data.incidents = ["5a1c7f0e93d24a55","6b2d8f1fa4e35b66"]
            data.incidentsCount = 2
            data.kind = "incident"
            data.link = "https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233"
            data.mayRepeat = false
            data.severity = "critical"
            data.since = "2026-11-20T02:38:41Z"
            data.state = "triggered"
            data.test = false
            data.text = "Text <!channel> @channel [free](https://evil.example) <a href=\"https://evil.example\">*x*</a> `y` www.evil.example  Bcc: all@evil.example "
            data.title = "Sign-in <!channel> @channel [free](https://evil.example) <a href=\"https://evil.example\">*x*</a> `y` www.evil.example  Bcc: all@evil.example "
            timestamp = "2026-11-20T02:42:21Z"
            type = "gatehouse.incident.triggered"
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_topic_gets_plain_text() {
    check(stand::sns("duty.fifo"), LINKING, expect![[r#"
        == triggered
        POST https://sns.eu-north-1.amazonaws.com/
        content-type: application/x-www-form-urlencoded
        x-amz-date: 20261120T024221Z
        authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/eu-north-1/sns/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=00b7a2a58ba21df4b887438da3e6462156444831ba796235e172a1f99ed5d69b
        Action = "Publish"
        Version = "2010-03-31"
        TopicArn = "arn:aws:sns:eu-north-1:123456789012:duty.fifo"
        Subject = "Gatehouse: Break-glass account signed in"
        Message = "Break-glass account signed in\n\nIf nobody on the call list did this, treat it as a compromise.\n\nCustomer: Example Corp\nAccount: bg-01@examplecorp.onmicrosoft.com\nResult: Success (0)\nIP: 203.0.113.77 (Oslo, NO)\nSince: 2026-11-20T02:38:41Z\nIncidents: 5a1c7f0e93d24a55, 6b2d8f1fa4e35b66\n\nAcknowledge: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\n"
        MessageGroupId = "e12827cd3feaed3720fe35d1012cb807"
        MessageDeduplicationId = "ff64481617ce5de73bbe8531d9b06080641f2cb8791823a9a2f9ff1ccb6b16fd"
        MessageAttributes.entry.1.Name = "severity"
        MessageAttributes.entry.1.Value.DataType = "String"
        MessageAttributes.entry.1.Value.StringValue = "critical"
        MessageAttributes.entry.2.Name = "kind"
        MessageAttributes.entry.2.Value.DataType = "String"
        MessageAttributes.entry.2.Value.StringValue = "incident"
        MessageAttributes.entry.3.Name = "state"
        MessageAttributes.entry.3.Value.DataType = "String"
        MessageAttributes.entry.3.Value.StringValue = "triggered"
        == updated
        - authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/eu-north-1/sns/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=00b7a2a58ba21df4b887438da3e6462156444831ba796235e172a1f99ed5d69b
        - Subject = "Gatehouse: Break-glass account signed in"
        - Message = "Break-glass account signed in\n\nIf nobody on the call list did this, treat it as a compromise.\n\nCustomer: Example Corp\nAccount: bg-01@examplecorp.onmicrosoft.com\nResult: Success (0)\nIP: 203.0.113.77 (Oslo, NO)\nSince: 2026-11-20T02:38:41Z\nIncidents: 5a1c7f0e93d24a55, 6b2d8f1fa4e35b66\n\nAcknowledge: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\n"
        - MessageDeduplicationId = "ff64481617ce5de73bbe8531d9b06080641f2cb8791823a9a2f9ff1ccb6b16fd"
        - MessageAttributes.entry.3.Value.StringValue = "triggered"
        + authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/eu-north-1/sns/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=6978b43c75496e9f676244aaaa42aa29657c78bb1141b578987ed2fe6c5b52a4
        + Subject = "Gatehouse: Details: Break-glass account signed in"
        + Message = "Details: Break-glass account signed in\n\nIf nobody on the call list did this, treat it as a compromise.\n\nCustomer: Example Corp\nAccount: bg-01@examplecorp.onmicrosoft.com\nResult: Success (0)\nIP: 203.0.113.77 (Oslo, NO)\nSince: 2026-11-20T02:38:41Z\nIncidents: 5a1c7f0e93d24a55, 6b2d8f1fa4e35b66\n\nAcknowledge: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\n"
        + MessageDeduplicationId = "79b65e7351c37307973b16bfa490505f0c77c78c0a9e901417af867e46a12667"
        + MessageAttributes.entry.3.Value.StringValue = "updated"
        == acknowledged
        - authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/eu-north-1/sns/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=00b7a2a58ba21df4b887438da3e6462156444831ba796235e172a1f99ed5d69b
        - Subject = "Gatehouse: Break-glass account signed in"
        - Message = "Break-glass account signed in\n\nIf nobody on the call list did this, treat it as a compromise.\n\nCustomer: Example Corp\nAccount: bg-01@examplecorp.onmicrosoft.com\nResult: Success (0)\nIP: 203.0.113.77 (Oslo, NO)\nSince: 2026-11-20T02:38:41Z\nIncidents: 5a1c7f0e93d24a55, 6b2d8f1fa4e35b66\n\nAcknowledge: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\n"
        - MessageAttributes.entry.3.Value.StringValue = "triggered"
        + authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/eu-north-1/sns/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=61d7d19a68f27182dceacafab7d7b23fb11bb4a3fc2ede50b7b3d81176d87055
        + Subject = "Gatehouse: Acknowledged: Break-glass account signed in"
        + Message = "Acknowledged: Break-glass account signed in\n\nIf nobody on the call list did this, treat it as a compromise.\n\nCustomer: Example Corp\nBy: ola@example.com\nAccount: bg-01@examplecorp.onmicrosoft.com\nResult: Success (0)\nIP: 203.0.113.77 (Oslo, NO)\nSince: 2026-11-20T02:38:41Z\nIncidents: 5a1c7f0e93d24a55, 6b2d8f1fa4e35b66\n\nOpen the incident: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\n"
        + MessageAttributes.entry.3.Value.StringValue = "acknowledged"
        == resolved
        - authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/eu-north-1/sns/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=00b7a2a58ba21df4b887438da3e6462156444831ba796235e172a1f99ed5d69b
        - Subject = "Gatehouse: Break-glass account signed in"
        - Message = "Break-glass account signed in\n\nIf nobody on the call list did this, treat it as a compromise.\n\nCustomer: Example Corp\nAccount: bg-01@examplecorp.onmicrosoft.com\nResult: Success (0)\nIP: 203.0.113.77 (Oslo, NO)\nSince: 2026-11-20T02:38:41Z\nIncidents: 5a1c7f0e93d24a55, 6b2d8f1fa4e35b66\n\nAcknowledge: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\n"
        - MessageAttributes.entry.3.Value.StringValue = "triggered"
        + authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/eu-north-1/sns/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=a084a383f5299f23915ab65185768dddadc1c16fde5824833c54b9da0d4e5a5b
        + Subject = "Gatehouse: Closed: Break-glass account signed in"
        + Message = "Closed: Break-glass account signed in\n\nIf nobody on the call list did this, treat it as a compromise.\n\nCustomer: Example Corp\nBy: ola@example.com\nAccount: bg-01@examplecorp.onmicrosoft.com\nResult: Success (0)\nIP: 203.0.113.77 (Oslo, NO)\nSince: 2026-11-20T02:38:41Z\nIncidents: 5a1c7f0e93d24a55, 6b2d8f1fa4e35b66\n\nOpen the incident: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\n"
        + MessageAttributes.entry.3.Value.StringValue = "resolved"
        == test
        - authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/eu-north-1/sns/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=00b7a2a58ba21df4b887438da3e6462156444831ba796235e172a1f99ed5d69b
        - Subject = "Gatehouse: Break-glass account signed in"
        - Message = "Break-glass account signed in\n\nIf nobody on the call list did this, treat it as a compromise.\n\nCustomer: Example Corp\nAccount: bg-01@examplecorp.onmicrosoft.com\nResult: Success (0)\nIP: 203.0.113.77 (Oslo, NO)\nSince: 2026-11-20T02:38:41Z\nIncidents: 5a1c7f0e93d24a55, 6b2d8f1fa4e35b66\n\nAcknowledge: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\n"
        - MessageAttributes.entry.1.Value.StringValue = "critical"
        + authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/eu-north-1/sns/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=29668970262b863c67898716b6d0cc7a45160bee53385a52d73c8477157e9f3f
        + Subject = "Gatehouse: TEST: Break-glass account signed in"
        + Message = "TEST: Break-glass account signed in\n\nIf nobody on the call list did this, treat it as a compromise.\n\nCustomer: Example Corp\nAccount: bg-01@examplecorp.onmicrosoft.com\nResult: Success (0)\nIP: 203.0.113.77 (Oslo, NO)\nSince: 2026-11-20T02:38:41Z\nIncidents: 5a1c7f0e93d24a55, 6b2d8f1fa4e35b66\n\nAcknowledge: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\n"
        + MessageAttributes.entry.1.Value.StringValue = "info"
        == drill
        - authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/eu-north-1/sns/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=00b7a2a58ba21df4b887438da3e6462156444831ba796235e172a1f99ed5d69b
        - Subject = "Gatehouse: Break-glass account signed in"
        - Message = "Break-glass account signed in\n\nIf nobody on the call list did this, treat it as a compromise.\n\nCustomer: Example Corp\nAccount: bg-01@examplecorp.onmicrosoft.com\nResult: Success (0)\nIP: 203.0.113.77 (Oslo, NO)\nSince: 2026-11-20T02:38:41Z\nIncidents: 5a1c7f0e93d24a55, 6b2d8f1fa4e35b66\n\nAcknowledge: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\n"
        + authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/eu-north-1/sns/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=22aa4b22ade9aa4dad1d55601f04aad51bb5b55b913a2e8c24dca38be61509ad
        + Subject = "Gatehouse: DRILL: Break-glass account signed in"
        + Message = "DRILL: Break-glass account signed in\n\nIf nobody on the call list did this, treat it as a compromise.\n\nCustomer: Example Corp\nAccount: bg-01@examplecorp.onmicrosoft.com\nResult: Success (0)\nIP: 203.0.113.77 (Oslo, NO)\nSince: 2026-11-20T02:38:41Z\nIncidents: 5a1c7f0e93d24a55, 6b2d8f1fa4e35b66\n\nAcknowledge: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\n"
        == may repeat
        - authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/eu-north-1/sns/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=00b7a2a58ba21df4b887438da3e6462156444831ba796235e172a1f99ed5d69b
        - Subject = "Gatehouse: Break-glass account signed in"
        - Message = "Break-glass account signed in\n\nIf nobody on the call list did this, treat it as a compromise.\n\nCustomer: Example Corp\nAccount: bg-01@examplecorp.onmicrosoft.com\nResult: Success (0)\nIP: 203.0.113.77 (Oslo, NO)\nSince: 2026-11-20T02:38:41Z\nIncidents: 5a1c7f0e93d24a55, 6b2d8f1fa4e35b66\n\nAcknowledge: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\n"
        + authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/eu-north-1/sns/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=2c986d634268314df7b3a4cd37a2b1954835e29491843018889ec07b01c418cc
        + Subject = "Gatehouse: Break-glass account signed in (may repeat)"
        + Message = "Break-glass account signed in (may repeat)\n\nIf nobody on the call list did this, treat it as a compromise.\n\nCustomer: Example Corp\nAccount: bg-01@examplecorp.onmicrosoft.com\nResult: Success (0)\nIP: 203.0.113.77 (Oslo, NO)\nSince: 2026-11-20T02:38:41Z\nIncidents: 5a1c7f0e93d24a55, 6b2d8f1fa4e35b66\n\nAcknowledge: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\n"
    "#]], expect![[r#"
        == hostile
        POST https://sns.eu-north-1.amazonaws.com/
        content-type: application/x-www-form-urlencoded
        x-amz-date: 20261120T024221Z
        authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/eu-north-1/sns/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=44fa4173a1f95824d29539818d67a8cbfd5b0943dde291e699ecdb027d82ec37
        Action = "Publish"
        Version = "2010-03-31"
        TopicArn = "arn:aws:sns:eu-north-1:123456789012:duty.fifo"
        Subject = "Gatehouse: Sign-in <!channel> @channel [free](https[:]//evil[.]example) <a href=\"https[:]//evil[.]e"
        Message = "Sign-in <!channel> @channel [free](https[:]//evil[.]example) <a href=\"https[:]//evil[.]example\">*x*</a> `y` www[.]evil[.]example  Bcc: all@evil.example \n\nText <!channel> @channel [free](https[:]//evil[.]example) <a href=\"https[:]//evil[.]example\">*x*</a> `y` www[.]evil[.]example  Bcc: all@evil.example \n\nCustomer: Contoso <!channel> @channel [free](https[:]//evil[.]example) <a href=\"https[:]//evil[.]example\">*x*</a> `y` www[.]evil[.]example  Bcc: all@evil.example \nBy: <!channel> @channel [free](https[:]//evil[.]example) <a href=\"https[:]//evil[.]example\">*x*</a> `y` www[.]evil[.]example  Bcc: all@evil.example \nApp: <!channel> @channel [free](https[:]//evil[.]example) <a href=\"https[:]//evil[.]example\">*x*</a> `y` www[.]evil[.]example  Bcc: all@evil.example \n<!channel> @channel [free](https[:]//evil[.]example) <a href=\"h…: [code]<b>x</b>[/code]\nSince: 2026-11-20T02:38:41Z\nIncidents: 5a1c7f0e93d24a55, 6b2d8f1fa4e35b66\n\nAcknowledge: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\n"
        MessageGroupId = "e12827cd3feaed3720fe35d1012cb807"
        MessageDeduplicationId = "ff64481617ce5de73bbe8531d9b06080641f2cb8791823a9a2f9ff1ccb6b16fd"
        MessageAttributes.entry.1.Name = "severity"
        MessageAttributes.entry.1.Value.DataType = "String"
        MessageAttributes.entry.1.Value.StringValue = "critical"
        MessageAttributes.entry.2.Name = "kind"
        MessageAttributes.entry.2.Value.DataType = "String"
        MessageAttributes.entry.2.Value.StringValue = "incident"
        MessageAttributes.entry.3.Name = "state"
        MessageAttributes.entry.3.Value.DataType = "String"
        MessageAttributes.entry.3.Value.StringValue = "triggered"
    "#]]).await;
}
