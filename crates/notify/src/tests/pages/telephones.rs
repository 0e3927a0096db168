use super::{LINKING, check};
use crate::tests::stand;
use expect_test::expect;

#[tokio::test]
async fn a_number_gets_one_short_message() {
    check(stand::twilio(&["+4790000000"]), LINKING, expect![[r#"
        == triggered
        POST https://api.twilio.com/2010-04-01/Accounts/AC00000000000000000000000000000000/Messages.json
        authorization: Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDpodXNo
        content-type: application/x-www-form-urlencoded
        To = "+4790000000"
        From = "+4759440000"
        Body = "CRITICAL Break-glass account signed in, Example Corp Ack: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233 [ff644816]"
        == updated
        nothing
        == acknowledged
        nothing
        == resolved
        nothing
        == test
        - Body = "CRITICAL Break-glass account signed in, Example Corp Ack: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233 [ff644816]"
        + Body = "INFO TEST: Break-glass account signed in, Example Corp Ack: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233 [ff644816]"
        == drill
        - Body = "CRITICAL Break-glass account signed in, Example Corp Ack: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233 [ff644816]"
        + Body = "CRITICAL DRILL: Break-glass account signed in, Example Corp Ack: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233 [ff644816]"
        == may repeat
        - Body = "CRITICAL Break-glass account signed in, Example Corp Ack: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233 [ff644816]"
        + GET https://api.twilio.com/2010-04-01/Accounts/AC00000000000000000000000000000000/Messages.json?To=%2B4790000000&PageSize=100
        + Body = "CRITICAL Break-glass account signed in (may repeat), Example Corp Ack: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233 [ff644816]"
    "#]], expect![[r#"
        == hostile
        POST https://api.twilio.com/2010-04-01/Accounts/AC00000000000000000000000000000000/Messages.json
        authorization: Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDpodXNo
        content-type: application/x-www-form-urlencoded
        To = "+4790000000"
        From = "+4759440000"
        Body = "CRITICAL Sign-in <!channel> @channel [free](https[:]//evil[.]example) <a href=\"https[:]//evil[.]example\">*x*</a> `y` www[.]evil[.]example  Bcc: all@evil.example , Contoso <!channel> @channel [free](https[:]//evil[.]example) <a h… Ack: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233 [ff644816]"
    "#]]).await;
}
