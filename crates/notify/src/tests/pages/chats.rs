use super::{CALLING, check};
use crate::tests::stand;
use expect_test::expect;

#[tokio::test]
async fn teams_gets_a_card() {
    check(stand::teams(), &[], expect![[r#"
        == triggered
        POST https://flow.example/x?sig=hush
        content-type: application/json
        attachments[0].content.$schema = "http://adaptivecards.io/schemas/adaptive-card.json"
        attachments[0].content.actions[0] = {"title":"Acknowledge","type":"Action.OpenUrl","url":"https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233"}
        attachments[0].content.body[0].bleed = true
        attachments[0].content.body[0].items[0].inlines[0] = {"size":"Large","text":"Break-glass account signed in","type":"TextRun","weight":"Bolder"}
        attachments[0].content.body[0].items[0].type = "RichTextBlock"
        attachments[0].content.body[0].style = "attention"
        attachments[0].content.body[0].type = "Container"
        attachments[0].content.body[1].inlines[0] = {"text":"If nobody on the call list did this, treat it as a compromise.","type":"TextRun"}
        attachments[0].content.body[1].type = "RichTextBlock"
        attachments[0].content.body[2].inlines[0] = {"text":"Customer: ","type":"TextRun","weight":"Bolder"}
        attachments[0].content.body[2].inlines[1] = {"text":"Example Corp","type":"TextRun"}
        attachments[0].content.body[2].type = "RichTextBlock"
        attachments[0].content.body[3].inlines[0] = {"text":"Account: ","type":"TextRun","weight":"Bolder"}
        attachments[0].content.body[3].inlines[1] = {"text":"bg-01@examplecorp.onmicrosoft.com","type":"TextRun"}
        attachments[0].content.body[3].type = "RichTextBlock"
        attachments[0].content.body[4].inlines[0] = {"text":"Result: ","type":"TextRun","weight":"Bolder"}
        attachments[0].content.body[4].inlines[1] = {"text":"Success (0)","type":"TextRun"}
        attachments[0].content.body[4].type = "RichTextBlock"
        attachments[0].content.body[5].inlines[0] = {"text":"IP: ","type":"TextRun","weight":"Bolder"}
        attachments[0].content.body[5].inlines[1] = {"text":"203.0.113.77 (Oslo, NO)","type":"TextRun"}
        attachments[0].content.body[5].type = "RichTextBlock"
        attachments[0].content.body[6].inlines[0] = {"text":"Since: ","type":"TextRun","weight":"Bolder"}
        attachments[0].content.body[6].inlines[1] = {"text":"2026-11-20T02:38:41Z","type":"TextRun"}
        attachments[0].content.body[6].type = "RichTextBlock"
        attachments[0].content.body[7].inlines[0] = {"text":"Incidents: ","type":"TextRun","weight":"Bolder"}
        attachments[0].content.body[7].inlines[1] = {"text":"5a1c7f0e93d24a55, 6b2d8f1fa4e35b66","type":"TextRun"}
        attachments[0].content.body[7].type = "RichTextBlock"
        attachments[0].content.msteams = {"width":"Full"}
        attachments[0].content.type = "AdaptiveCard"
        attachments[0].content.version = "1.4"
        attachments[0].contentType = "application/vnd.microsoft.card.adaptive"
        attachments[0].contentUrl = null
        type = "message"
        == updated
        - attachments[0].content.body[0].items[0].inlines[0] = {"size":"Large","text":"Break-glass account signed in","type":"TextRun","weight":"Bolder"}
        + attachments[0].content.body[0].items[0].inlines[0] = {"size":"Large","text":"Details: Break-glass account signed in","type":"TextRun","weight":"Bolder"}
        == acknowledged
        - attachments[0].content.actions[0] = {"title":"Acknowledge","type":"Action.OpenUrl","url":"https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233"}
        - attachments[0].content.body[0].items[0].inlines[0] = {"size":"Large","text":"Break-glass account signed in","type":"TextRun","weight":"Bolder"}
        - attachments[0].content.body[0].style = "attention"
        - attachments[0].content.body[3].inlines[0] = {"text":"Account: ","type":"TextRun","weight":"Bolder"}
        - attachments[0].content.body[3].inlines[1] = {"text":"bg-01@examplecorp.onmicrosoft.com","type":"TextRun"}
        - attachments[0].content.body[4].inlines[0] = {"text":"Result: ","type":"TextRun","weight":"Bolder"}
        - attachments[0].content.body[4].inlines[1] = {"text":"Success (0)","type":"TextRun"}
        - attachments[0].content.body[5].inlines[0] = {"text":"IP: ","type":"TextRun","weight":"Bolder"}
        - attachments[0].content.body[5].inlines[1] = {"text":"203.0.113.77 (Oslo, NO)","type":"TextRun"}
        - attachments[0].content.body[6].inlines[0] = {"text":"Since: ","type":"TextRun","weight":"Bolder"}
        - attachments[0].content.body[6].inlines[1] = {"text":"2026-11-20T02:38:41Z","type":"TextRun"}
        - attachments[0].content.body[7].inlines[0] = {"text":"Incidents: ","type":"TextRun","weight":"Bolder"}
        - attachments[0].content.body[7].inlines[1] = {"text":"5a1c7f0e93d24a55, 6b2d8f1fa4e35b66","type":"TextRun"}
        + attachments[0].content.actions[0] = {"title":"Open the incident","type":"Action.OpenUrl","url":"https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233"}
        + attachments[0].content.body[0].items[0].inlines[0] = {"size":"Large","text":"Acknowledged: Break-glass account signed in","type":"TextRun","weight":"Bolder"}
        + attachments[0].content.body[0].style = "good"
        + attachments[0].content.body[3].inlines[0] = {"text":"By: ","type":"TextRun","weight":"Bolder"}
        + attachments[0].content.body[3].inlines[1] = {"text":"ola@example.com","type":"TextRun"}
        + attachments[0].content.body[4].inlines[0] = {"text":"Account: ","type":"TextRun","weight":"Bolder"}
        + attachments[0].content.body[4].inlines[1] = {"text":"bg-01@examplecorp.onmicrosoft.com","type":"TextRun"}
        + attachments[0].content.body[5].inlines[0] = {"text":"Result: ","type":"TextRun","weight":"Bolder"}
        + attachments[0].content.body[5].inlines[1] = {"text":"Success (0)","type":"TextRun"}
        + attachments[0].content.body[6].inlines[0] = {"text":"IP: ","type":"TextRun","weight":"Bolder"}
        + attachments[0].content.body[6].inlines[1] = {"text":"203.0.113.77 (Oslo, NO)","type":"TextRun"}
        + attachments[0].content.body[7].inlines[0] = {"text":"Since: ","type":"TextRun","weight":"Bolder"}
        + attachments[0].content.body[7].inlines[1] = {"text":"2026-11-20T02:38:41Z","type":"TextRun"}
        + attachments[0].content.body[8].inlines[0] = {"text":"Incidents: ","type":"TextRun","weight":"Bolder"}
        + attachments[0].content.body[8].inlines[1] = {"text":"5a1c7f0e93d24a55, 6b2d8f1fa4e35b66","type":"TextRun"}
        + attachments[0].content.body[8].type = "RichTextBlock"
        == resolved
        - attachments[0].content.actions[0] = {"title":"Acknowledge","type":"Action.OpenUrl","url":"https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233"}
        - attachments[0].content.body[0].items[0].inlines[0] = {"size":"Large","text":"Break-glass account signed in","type":"TextRun","weight":"Bolder"}
        - attachments[0].content.body[0].style = "attention"
        - attachments[0].content.body[3].inlines[0] = {"text":"Account: ","type":"TextRun","weight":"Bolder"}
        - attachments[0].content.body[3].inlines[1] = {"text":"bg-01@examplecorp.onmicrosoft.com","type":"TextRun"}
        - attachments[0].content.body[4].inlines[0] = {"text":"Result: ","type":"TextRun","weight":"Bolder"}
        - attachments[0].content.body[4].inlines[1] = {"text":"Success (0)","type":"TextRun"}
        - attachments[0].content.body[5].inlines[0] = {"text":"IP: ","type":"TextRun","weight":"Bolder"}
        - attachments[0].content.body[5].inlines[1] = {"text":"203.0.113.77 (Oslo, NO)","type":"TextRun"}
        - attachments[0].content.body[6].inlines[0] = {"text":"Since: ","type":"TextRun","weight":"Bolder"}
        - attachments[0].content.body[6].inlines[1] = {"text":"2026-11-20T02:38:41Z","type":"TextRun"}
        - attachments[0].content.body[7].inlines[0] = {"text":"Incidents: ","type":"TextRun","weight":"Bolder"}
        - attachments[0].content.body[7].inlines[1] = {"text":"5a1c7f0e93d24a55, 6b2d8f1fa4e35b66","type":"TextRun"}
        + attachments[0].content.actions[0] = {"title":"Open the incident","type":"Action.OpenUrl","url":"https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233"}
        + attachments[0].content.body[0].items[0].inlines[0] = {"size":"Large","text":"Closed: Break-glass account signed in","type":"TextRun","weight":"Bolder"}
        + attachments[0].content.body[0].style = "good"
        + attachments[0].content.body[3].inlines[0] = {"text":"By: ","type":"TextRun","weight":"Bolder"}
        + attachments[0].content.body[3].inlines[1] = {"text":"ola@example.com","type":"TextRun"}
        + attachments[0].content.body[4].inlines[0] = {"text":"Account: ","type":"TextRun","weight":"Bolder"}
        + attachments[0].content.body[4].inlines[1] = {"text":"bg-01@examplecorp.onmicrosoft.com","type":"TextRun"}
        + attachments[0].content.body[5].inlines[0] = {"text":"Result: ","type":"TextRun","weight":"Bolder"}
        + attachments[0].content.body[5].inlines[1] = {"text":"Success (0)","type":"TextRun"}
        + attachments[0].content.body[6].inlines[0] = {"text":"IP: ","type":"TextRun","weight":"Bolder"}
        + attachments[0].content.body[6].inlines[1] = {"text":"203.0.113.77 (Oslo, NO)","type":"TextRun"}
        + attachments[0].content.body[7].inlines[0] = {"text":"Since: ","type":"TextRun","weight":"Bolder"}
        + attachments[0].content.body[7].inlines[1] = {"text":"2026-11-20T02:38:41Z","type":"TextRun"}
        + attachments[0].content.body[8].inlines[0] = {"text":"Incidents: ","type":"TextRun","weight":"Bolder"}
        + attachments[0].content.body[8].inlines[1] = {"text":"5a1c7f0e93d24a55, 6b2d8f1fa4e35b66","type":"TextRun"}
        + attachments[0].content.body[8].type = "RichTextBlock"
        == test
        - attachments[0].content.body[0].items[0].inlines[0] = {"size":"Large","text":"Break-glass account signed in","type":"TextRun","weight":"Bolder"}
        - attachments[0].content.body[0].style = "attention"
        + attachments[0].content.body[0].items[0].inlines[0] = {"size":"Large","text":"TEST: Break-glass account signed in","type":"TextRun","weight":"Bolder"}
        + attachments[0].content.body[0].style = "accent"
        == drill
        - attachments[0].content.body[0].items[0].inlines[0] = {"size":"Large","text":"Break-glass account signed in","type":"TextRun","weight":"Bolder"}
        - attachments[0].content.body[0].style = "attention"
        + attachments[0].content.body[0].items[0].inlines[0] = {"size":"Large","text":"DRILL: Break-glass account signed in","type":"TextRun","weight":"Bolder"}
        + attachments[0].content.body[0].style = "accent"
        == may repeat
        - attachments[0].content.body[0].items[0].inlines[0] = {"size":"Large","text":"Break-glass account signed in","type":"TextRun","weight":"Bolder"}
        + attachments[0].content.body[0].items[0].inlines[0] = {"size":"Large","text":"Break-glass account signed in (may repeat)","type":"TextRun","weight":"Bolder"}
    "#]], expect![[r#"
        == hostile
        POST https://flow.example/x?sig=hush
        content-type: application/json
        attachments[0].content.$schema = "http://adaptivecards.io/schemas/adaptive-card.json"
        attachments[0].content.actions[0] = {"title":"Acknowledge","type":"Action.OpenUrl","url":"https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233"}
        attachments[0].content.body[0].bleed = true
        attachments[0].content.body[0].items[0].inlines[0] = {"size":"Large","text":"Sign-in <!channel> @channel [free](https://evil.example) <a href=\"https://evil.example\">*x*</a> `y` www.evil.example  Bcc: all@evil.example ","type":"TextRun","weight":"Bolder"}
        attachments[0].content.body[0].items[0].type = "RichTextBlock"
        attachments[0].content.body[0].style = "attention"
        attachments[0].content.body[0].type = "Container"
        attachments[0].content.body[1].inlines[0] = {"text":"Text <!channel> @channel [free](https://evil.example) <a href=\"https://evil.example\">*x*</a> `y` www.evil.example  Bcc: all@evil.example ","type":"TextRun"}
        attachments[0].content.body[1].type = "RichTextBlock"
        attachments[0].content.body[2].inlines[0] = {"text":"Customer: ","type":"TextRun","weight":"Bolder"}
        attachments[0].content.body[2].inlines[1] = {"text":"Contoso <!channel> @channel [free](https://evil.example) <a href=\"https://evil.example\">*x*</a> `y` www.evil.example  Bcc: all@evil.example ","type":"TextRun"}
        attachments[0].content.body[2].type = "RichTextBlock"
        attachments[0].content.body[3].inlines[0] = {"text":"By: ","type":"TextRun","weight":"Bolder"}
        attachments[0].content.body[3].inlines[1] = {"text":"<!channel> @channel [free](https://evil.example) <a href=\"https://evil.example\">*x*</a> `y` www.evil.example  Bcc: all@evil.example ","type":"TextRun"}
        attachments[0].content.body[3].type = "RichTextBlock"
        attachments[0].content.body[4].inlines[0] = {"text":"App: ","type":"TextRun","weight":"Bolder"}
        attachments[0].content.body[4].inlines[1] = {"text":"<!channel> @channel [free](https://evil.example) <a href=\"https://evil.example\">*x*</a> `y` www.evil.example  Bcc: all@evil.example ","type":"TextRun"}
        attachments[0].content.body[4].type = "RichTextBlock"
        attachments[0].content.body[5].inlines[0] = {"text":"<!channel> @channel [free](https://evil.example) <a href=\"h…: ","type":"TextRun","weight":"Bolder"}
        attachments[0].content.body[5].inlines[1] = {"text":"[code]<b>x</b>[/code]","type":"TextRun"}
        attachments[0].content.body[5].type = "RichTextBlock"
        attachments[0].content.body[6].inlines[0] = {"text":"Since: ","type":"TextRun","weight":"Bolder"}
        attachments[0].content.body[6].inlines[1] = {"text":"2026-11-20T02:38:41Z","type":"TextRun"}
        attachments[0].content.body[6].type = "RichTextBlock"
        attachments[0].content.body[7].inlines[0] = {"text":"Incidents: ","type":"TextRun","weight":"Bolder"}
        attachments[0].content.body[7].inlines[1] = {"text":"5a1c7f0e93d24a55, 6b2d8f1fa4e35b66","type":"TextRun"}
        attachments[0].content.body[7].type = "RichTextBlock"
        attachments[0].content.msteams = {"width":"Full"}
        attachments[0].content.type = "AdaptiveCard"
        attachments[0].content.version = "1.4"
        attachments[0].contentType = "application/vnd.microsoft.card.adaptive"
        attachments[0].contentUrl = null
        type = "message"
    "#]]).await;
}

#[tokio::test]
async fn a_slack_webhook_gets_blocks() {
    check(stand::slack_webhook(), CALLING, expect![[r#"
        == triggered
        POST https://hooks.slack.com/services/T/B/hush
        content-type: application/json
        blocks[0].text = {"emoji":false,"text":"Break-glass account signed in","type":"plain_text"}
        blocks[0].type = "header"
        blocks[1].text = {"emoji":false,"text":"If nobody on the call list did this, treat it as a compromise.","type":"plain_text"}
        blocks[1].type = "section"
        blocks[2].fields[0] = {"emoji":false,"text":"Customer: Example Corp","type":"plain_text"}
        blocks[2].fields[1] = {"emoji":false,"text":"Account: bg-01@examplecorp.onmicrosoft.com","type":"plain_text"}
        blocks[2].fields[2] = {"emoji":false,"text":"Result: Success (0)","type":"plain_text"}
        blocks[2].fields[3] = {"emoji":false,"text":"IP: 203.0.113.77 (Oslo, NO)","type":"plain_text"}
        blocks[2].type = "section"
        blocks[3].text = {"text":"<https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233|Acknowledge>","type":"mrkdwn","verbatim":true}
        blocks[3].type = "section"
        blocks[4].elements[0] = {"emoji":false,"text":"since 2026-11-20T02:38:41Z, incidents 5a1c7f0e93d24a55, 6b2d8f1fa4e35b66","type":"plain_text"}
        blocks[4].type = "context"
        mrkdwn = false
        text = "Break-glass account signed in"
        unfurl_links = false
        unfurl_media = false
        == updated
        - blocks[0].text = {"emoji":false,"text":"Break-glass account signed in","type":"plain_text"}
        - text = "Break-glass account signed in"
        + blocks[0].text = {"emoji":false,"text":"Details: Break-glass account signed in","type":"plain_text"}
        + text = "Details: Break-glass account signed in"
        == acknowledged
        - blocks[0].text = {"emoji":false,"text":"Break-glass account signed in","type":"plain_text"}
        - blocks[2].fields[1] = {"emoji":false,"text":"Account: bg-01@examplecorp.onmicrosoft.com","type":"plain_text"}
        - blocks[2].fields[2] = {"emoji":false,"text":"Result: Success (0)","type":"plain_text"}
        - blocks[2].fields[3] = {"emoji":false,"text":"IP: 203.0.113.77 (Oslo, NO)","type":"plain_text"}
        - blocks[3].text = {"text":"<https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233|Acknowledge>","type":"mrkdwn","verbatim":true}
        - text = "Break-glass account signed in"
        + blocks[0].text = {"emoji":false,"text":"Acknowledged: Break-glass account signed in","type":"plain_text"}
        + blocks[2].fields[1] = {"emoji":false,"text":"By: ola@example.com","type":"plain_text"}
        + blocks[2].fields[2] = {"emoji":false,"text":"Account: bg-01@examplecorp.onmicrosoft.com","type":"plain_text"}
        + blocks[2].fields[3] = {"emoji":false,"text":"Result: Success (0)","type":"plain_text"}
        + blocks[2].fields[4] = {"emoji":false,"text":"IP: 203.0.113.77 (Oslo, NO)","type":"plain_text"}
        + blocks[3].text = {"text":"<https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233|Open the incident>","type":"mrkdwn","verbatim":true}
        + text = "Acknowledged: Break-glass account signed in"
        == resolved
        - blocks[0].text = {"emoji":false,"text":"Break-glass account signed in","type":"plain_text"}
        - blocks[2].fields[1] = {"emoji":false,"text":"Account: bg-01@examplecorp.onmicrosoft.com","type":"plain_text"}
        - blocks[2].fields[2] = {"emoji":false,"text":"Result: Success (0)","type":"plain_text"}
        - blocks[2].fields[3] = {"emoji":false,"text":"IP: 203.0.113.77 (Oslo, NO)","type":"plain_text"}
        - blocks[3].text = {"text":"<https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233|Acknowledge>","type":"mrkdwn","verbatim":true}
        - text = "Break-glass account signed in"
        + blocks[0].text = {"emoji":false,"text":"Closed: Break-glass account signed in","type":"plain_text"}
        + blocks[2].fields[1] = {"emoji":false,"text":"By: ola@example.com","type":"plain_text"}
        + blocks[2].fields[2] = {"emoji":false,"text":"Account: bg-01@examplecorp.onmicrosoft.com","type":"plain_text"}
        + blocks[2].fields[3] = {"emoji":false,"text":"Result: Success (0)","type":"plain_text"}
        + blocks[2].fields[4] = {"emoji":false,"text":"IP: 203.0.113.77 (Oslo, NO)","type":"plain_text"}
        + blocks[3].text = {"text":"<https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233|Open the incident>","type":"mrkdwn","verbatim":true}
        + text = "Closed: Break-glass account signed in"
        == test
        - blocks[0].text = {"emoji":false,"text":"Break-glass account signed in","type":"plain_text"}
        - text = "Break-glass account signed in"
        + blocks[0].text = {"emoji":false,"text":"TEST: Break-glass account signed in","type":"plain_text"}
        + text = "TEST: Break-glass account signed in"
        == drill
        - blocks[0].text = {"emoji":false,"text":"Break-glass account signed in","type":"plain_text"}
        - text = "Break-glass account signed in"
        + blocks[0].text = {"emoji":false,"text":"DRILL: Break-glass account signed in","type":"plain_text"}
        + text = "DRILL: Break-glass account signed in"
        == may repeat
        - blocks[0].text = {"emoji":false,"text":"Break-glass account signed in","type":"plain_text"}
        - text = "Break-glass account signed in"
        + blocks[0].text = {"emoji":false,"text":"Break-glass account signed in (may repeat)","type":"plain_text"}
        + text = "Break-glass account signed in (may repeat)"
    "#]], expect![[r#"
        == hostile
        POST https://hooks.slack.com/services/T/B/hush
        content-type: application/json
        blocks[0].text = {"emoji":false,"text":"Sign-in &lt;!channel&gt; @channel [free](https://evil.example) &lt;a href=\"https://evil.example\"&gt;*x*&lt;/a&gt; `y` www.evil.example  Bcc: all@evil.","type":"plain_text"}
        blocks[0].type = "header"
        blocks[1].text = {"emoji":false,"text":"Text &lt;!channel&gt; @channel [free](https://evil.example) &lt;a href=\"https://evil.example\"&gt;*x*&lt;/a&gt; `y` www.evil.example  Bcc: all@evil.example ","type":"plain_text"}
        blocks[1].type = "section"
        blocks[2].fields[0] = {"emoji":false,"text":"Customer: Contoso &lt;!channel&gt; @channel [free](https://evil.example) &lt;a href=\"https://evil.example\"&gt;*x*&lt;/a&gt; `y` www.evil.example  Bcc: all@evil.example ","type":"plain_text"}
        blocks[2].fields[1] = {"emoji":false,"text":"By: &lt;!channel&gt; @channel [free](https://evil.example) &lt;a href=\"https://evil.example\"&gt;*x*&lt;/a&gt; `y` www.evil.example  Bcc: all@evil.example ","type":"plain_text"}
        blocks[2].fields[2] = {"emoji":false,"text":"App: &lt;!channel&gt; @channel [free](https://evil.example) &lt;a href=\"https://evil.example\"&gt;*x*&lt;/a&gt; `y` www.evil.example  Bcc: all@evil.example ","type":"plain_text"}
        blocks[2].fields[3] = {"emoji":false,"text":"&lt;!channel&gt; @channel [free](https://evil.example) &lt;a href=\"h…: [code]&lt;b&gt;x&lt;/b&gt;[/code]","type":"plain_text"}
        blocks[2].type = "section"
        blocks[3].text = {"text":"<https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233|Acknowledge>","type":"mrkdwn","verbatim":true}
        blocks[3].type = "section"
        blocks[4].elements[0] = {"emoji":false,"text":"since 2026-11-20T02:38:41Z, incidents 5a1c7f0e93d24a55, 6b2d8f1fa4e35b66","type":"plain_text"}
        blocks[4].type = "context"
        mrkdwn = false
        text = "Sign-in &lt;!channel&gt; @channel [free](https://evil.example) &lt;a href=\"https://evil.example\"&gt;*x*&lt;/a&gt; `y` www.evil.example  Bcc: all@evil."
        unfurl_links = false
        unfurl_media = false
    "#]]).await;
}

#[tokio::test]
async fn a_slack_app_posts_blocks_with_buttons() {
    check(stand::slack_app(), CALLING, expect![[r#"
        == triggered
        POST https://slack.com/api/chat.postMessage
        authorization: Bearer xoxb-hush
        content-type: application/json; charset=utf-8
        blocks[0].text = {"emoji":false,"text":"Break-glass account signed in","type":"plain_text"}
        blocks[0].type = "header"
        blocks[1].text = {"emoji":false,"text":"If nobody on the call list did this, treat it as a compromise.","type":"plain_text"}
        blocks[1].type = "section"
        blocks[2].fields[0] = {"emoji":false,"text":"Customer: Example Corp","type":"plain_text"}
        blocks[2].fields[1] = {"emoji":false,"text":"Account: bg-01@examplecorp.onmicrosoft.com","type":"plain_text"}
        blocks[2].fields[2] = {"emoji":false,"text":"Result: Success (0)","type":"plain_text"}
        blocks[2].fields[3] = {"emoji":false,"text":"IP: 203.0.113.77 (Oslo, NO)","type":"plain_text"}
        blocks[2].type = "section"
        blocks[3].text = {"text":"<https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233|Acknowledge>","type":"mrkdwn","verbatim":true}
        blocks[3].type = "section"
        blocks[4].elements[0] = {"emoji":false,"text":"since 2026-11-20T02:38:41Z, incidents 5a1c7f0e93d24a55, 6b2d8f1fa4e35b66","type":"plain_text"}
        blocks[4].type = "context"
        blocks[5].block_id = "bg_ack"
        blocks[5].elements[0].action_id = "bg_ack"
        blocks[5].elements[0].style = "danger"
        blocks[5].elements[0].text = {"text":"Acknowledge","type":"plain_text"}
        blocks[5].elements[0].type = "button"
        blocks[5].elements[0].value = "5a1c7f0e93d24a55"
        blocks[5].elements[1].action_id = "bg_drill"
        blocks[5].elements[1].text = {"text":"Planned drill","type":"plain_text"}
        blocks[5].elements[1].type = "button"
        blocks[5].elements[1].value = "5a1c7f0e93d24a55"
        blocks[5].type = "actions"
        channel = "C0123456789"
        mrkdwn = false
        text = "Break-glass account signed in"
        unfurl_links = false
        unfurl_media = false
        == updated
        - blocks[0].text = {"emoji":false,"text":"Break-glass account signed in","type":"plain_text"}
        - text = "Break-glass account signed in"
        + blocks[0].text = {"emoji":false,"text":"Details: Break-glass account signed in","type":"plain_text"}
        + text = "Details: Break-glass account signed in"
        == acknowledged
        - blocks[0].text = {"emoji":false,"text":"Break-glass account signed in","type":"plain_text"}
        - blocks[2].fields[1] = {"emoji":false,"text":"Account: bg-01@examplecorp.onmicrosoft.com","type":"plain_text"}
        - blocks[2].fields[2] = {"emoji":false,"text":"Result: Success (0)","type":"plain_text"}
        - blocks[2].fields[3] = {"emoji":false,"text":"IP: 203.0.113.77 (Oslo, NO)","type":"plain_text"}
        - blocks[3].text = {"text":"<https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233|Acknowledge>","type":"mrkdwn","verbatim":true}
        - blocks[5].block_id = "bg_ack"
        - blocks[5].elements[0].action_id = "bg_ack"
        - blocks[5].elements[0].style = "danger"
        - blocks[5].elements[0].text = {"text":"Acknowledge","type":"plain_text"}
        - blocks[5].elements[0].type = "button"
        - blocks[5].elements[0].value = "5a1c7f0e93d24a55"
        - blocks[5].elements[1].action_id = "bg_drill"
        - blocks[5].elements[1].text = {"text":"Planned drill","type":"plain_text"}
        - blocks[5].elements[1].type = "button"
        - blocks[5].elements[1].value = "5a1c7f0e93d24a55"
        - blocks[5].type = "actions"
        - text = "Break-glass account signed in"
        + blocks[0].text = {"emoji":false,"text":"Acknowledged: Break-glass account signed in","type":"plain_text"}
        + blocks[2].fields[1] = {"emoji":false,"text":"By: ola@example.com","type":"plain_text"}
        + blocks[2].fields[2] = {"emoji":false,"text":"Account: bg-01@examplecorp.onmicrosoft.com","type":"plain_text"}
        + blocks[2].fields[3] = {"emoji":false,"text":"Result: Success (0)","type":"plain_text"}
        + blocks[2].fields[4] = {"emoji":false,"text":"IP: 203.0.113.77 (Oslo, NO)","type":"plain_text"}
        + blocks[3].text = {"text":"<https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233|Open the incident>","type":"mrkdwn","verbatim":true}
        + text = "Acknowledged: Break-glass account signed in"
        == resolved
        - blocks[0].text = {"emoji":false,"text":"Break-glass account signed in","type":"plain_text"}
        - blocks[2].fields[1] = {"emoji":false,"text":"Account: bg-01@examplecorp.onmicrosoft.com","type":"plain_text"}
        - blocks[2].fields[2] = {"emoji":false,"text":"Result: Success (0)","type":"plain_text"}
        - blocks[2].fields[3] = {"emoji":false,"text":"IP: 203.0.113.77 (Oslo, NO)","type":"plain_text"}
        - blocks[3].text = {"text":"<https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233|Acknowledge>","type":"mrkdwn","verbatim":true}
        - blocks[5].block_id = "bg_ack"
        - blocks[5].elements[0].action_id = "bg_ack"
        - blocks[5].elements[0].style = "danger"
        - blocks[5].elements[0].text = {"text":"Acknowledge","type":"plain_text"}
        - blocks[5].elements[0].type = "button"
        - blocks[5].elements[0].value = "5a1c7f0e93d24a55"
        - blocks[5].elements[1].action_id = "bg_drill"
        - blocks[5].elements[1].text = {"text":"Planned drill","type":"plain_text"}
        - blocks[5].elements[1].type = "button"
        - blocks[5].elements[1].value = "5a1c7f0e93d24a55"
        - blocks[5].type = "actions"
        - text = "Break-glass account signed in"
        + blocks[0].text = {"emoji":false,"text":"Closed: Break-glass account signed in","type":"plain_text"}
        + blocks[2].fields[1] = {"emoji":false,"text":"By: ola@example.com","type":"plain_text"}
        + blocks[2].fields[2] = {"emoji":false,"text":"Account: bg-01@examplecorp.onmicrosoft.com","type":"plain_text"}
        + blocks[2].fields[3] = {"emoji":false,"text":"Result: Success (0)","type":"plain_text"}
        + blocks[2].fields[4] = {"emoji":false,"text":"IP: 203.0.113.77 (Oslo, NO)","type":"plain_text"}
        + blocks[3].text = {"text":"<https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233|Open the incident>","type":"mrkdwn","verbatim":true}
        + text = "Closed: Break-glass account signed in"
        == test
        - blocks[0].text = {"emoji":false,"text":"Break-glass account signed in","type":"plain_text"}
        - text = "Break-glass account signed in"
        + blocks[0].text = {"emoji":false,"text":"TEST: Break-glass account signed in","type":"plain_text"}
        + text = "TEST: Break-glass account signed in"
        == drill
        - blocks[0].text = {"emoji":false,"text":"Break-glass account signed in","type":"plain_text"}
        - text = "Break-glass account signed in"
        + blocks[0].text = {"emoji":false,"text":"DRILL: Break-glass account signed in","type":"plain_text"}
        + text = "DRILL: Break-glass account signed in"
        == may repeat
        - blocks[0].text = {"emoji":false,"text":"Break-glass account signed in","type":"plain_text"}
        - text = "Break-glass account signed in"
        + blocks[0].text = {"emoji":false,"text":"Break-glass account signed in (may repeat)","type":"plain_text"}
        + text = "Break-glass account signed in (may repeat)"
    "#]], expect![[r#"
        == hostile
        POST https://slack.com/api/chat.postMessage
        authorization: Bearer xoxb-hush
        content-type: application/json; charset=utf-8
        blocks[0].text = {"emoji":false,"text":"Sign-in &lt;!channel&gt; @channel [free](https://evil.example) &lt;a href=\"https://evil.example\"&gt;*x*&lt;/a&gt; `y` www.evil.example  Bcc: all@evil.","type":"plain_text"}
        blocks[0].type = "header"
        blocks[1].text = {"emoji":false,"text":"Text &lt;!channel&gt; @channel [free](https://evil.example) &lt;a href=\"https://evil.example\"&gt;*x*&lt;/a&gt; `y` www.evil.example  Bcc: all@evil.example ","type":"plain_text"}
        blocks[1].type = "section"
        blocks[2].fields[0] = {"emoji":false,"text":"Customer: Contoso &lt;!channel&gt; @channel [free](https://evil.example) &lt;a href=\"https://evil.example\"&gt;*x*&lt;/a&gt; `y` www.evil.example  Bcc: all@evil.example ","type":"plain_text"}
        blocks[2].fields[1] = {"emoji":false,"text":"By: &lt;!channel&gt; @channel [free](https://evil.example) &lt;a href=\"https://evil.example\"&gt;*x*&lt;/a&gt; `y` www.evil.example  Bcc: all@evil.example ","type":"plain_text"}
        blocks[2].fields[2] = {"emoji":false,"text":"App: &lt;!channel&gt; @channel [free](https://evil.example) &lt;a href=\"https://evil.example\"&gt;*x*&lt;/a&gt; `y` www.evil.example  Bcc: all@evil.example ","type":"plain_text"}
        blocks[2].fields[3] = {"emoji":false,"text":"&lt;!channel&gt; @channel [free](https://evil.example) &lt;a href=\"h…: [code]&lt;b&gt;x&lt;/b&gt;[/code]","type":"plain_text"}
        blocks[2].type = "section"
        blocks[3].text = {"text":"<https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233|Acknowledge>","type":"mrkdwn","verbatim":true}
        blocks[3].type = "section"
        blocks[4].elements[0] = {"emoji":false,"text":"since 2026-11-20T02:38:41Z, incidents 5a1c7f0e93d24a55, 6b2d8f1fa4e35b66","type":"plain_text"}
        blocks[4].type = "context"
        blocks[5].block_id = "bg_ack"
        blocks[5].elements[0].action_id = "bg_ack"
        blocks[5].elements[0].style = "danger"
        blocks[5].elements[0].text = {"text":"Acknowledge","type":"plain_text"}
        blocks[5].elements[0].type = "button"
        blocks[5].elements[0].value = "5a1c7f0e93d24a55"
        blocks[5].elements[1].action_id = "bg_drill"
        blocks[5].elements[1].text = {"text":"Planned drill","type":"plain_text"}
        blocks[5].elements[1].type = "button"
        blocks[5].elements[1].value = "5a1c7f0e93d24a55"
        blocks[5].type = "actions"
        channel = "C0123456789"
        mrkdwn = false
        text = "Sign-in &lt;!channel&gt; @channel [free](https://evil.example) &lt;a href=\"https://evil.example\"&gt;*x*&lt;/a&gt; `y` www.evil.example  Bcc: all@evil."
        unfurl_links = false
        unfurl_media = false
    "#]]).await;
}
