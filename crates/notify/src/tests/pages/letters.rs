use super::{LINKING, check};
use crate::tests::stand;
use expect_test::expect;

#[tokio::test]
async fn graph_sends_a_mail_in_html() {
    check(stand::mail(), LINKING, expect![[r#"
        == triggered
        POST https://graph.example/v1.0/users/alerts%2Bduty%40example.com/sendMail
        authorization: Bearer token-1
        content-type: application/json
        message.body = {"content":"<p><b>Break-glass account signed in</b></p><p>If nobody on the call list did this, treat it as a compromise.</p><table><tr><td>Customer</td><td>Example Corp</td></tr><tr><td>Account</td><td>bg-01@examplecorp.onmicrosoft.com</td></tr><tr><td>Result</td><td>Success (0)</td></tr><tr><td>IP</td><td>203.0.113.77 (Oslo, NO)</td></tr><tr><td>Since</td><td>2026-11-20T02:38:41Z</td></tr><tr><td>Incidents</td><td>5a1c7f0e93d24a55, 6b2d8f1fa4e35b66</td></tr></table><p><a href=\"https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\">Acknowledge</a></p>","contentType":"HTML"}
        message.importance = "high"
        message.internetMessageHeaders[0] = {"name":"x-gatehouse-key","value":"e12827cd3feaed3720fe35d1012cb807"}
        message.internetMessageHeaders[1] = {"name":"x-gatehouse-message","value":"ff64481617ce5de73bbe8531d9b06080"}
        message.subject = "[CRITICAL] Break-glass account signed in"
        message.toRecipients[0].emailAddress = {"address":"oncall@example.com"}
        message.toRecipients[1].emailAddress = {"address":"ciso@example.com"}
        saveToSentItems = true
        == updated
        - message.body = {"content":"<p><b>Break-glass account signed in</b></p><p>If nobody on the call list did this, treat it as a compromise.</p><table><tr><td>Customer</td><td>Example Corp</td></tr><tr><td>Account</td><td>bg-01@examplecorp.onmicrosoft.com</td></tr><tr><td>Result</td><td>Success (0)</td></tr><tr><td>IP</td><td>203.0.113.77 (Oslo, NO)</td></tr><tr><td>Since</td><td>2026-11-20T02:38:41Z</td></tr><tr><td>Incidents</td><td>5a1c7f0e93d24a55, 6b2d8f1fa4e35b66</td></tr></table><p><a href=\"https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\">Acknowledge</a></p>","contentType":"HTML"}
        - message.internetMessageHeaders[1] = {"name":"x-gatehouse-message","value":"ff64481617ce5de73bbe8531d9b06080"}
        - message.subject = "[CRITICAL] Break-glass account signed in"
        + message.body = {"content":"<p><b>Details: Break-glass account signed in</b></p><p>If nobody on the call list did this, treat it as a compromise.</p><table><tr><td>Customer</td><td>Example Corp</td></tr><tr><td>Account</td><td>bg-01@examplecorp.onmicrosoft.com</td></tr><tr><td>Result</td><td>Success (0)</td></tr><tr><td>IP</td><td>203.0.113.77 (Oslo, NO)</td></tr><tr><td>Since</td><td>2026-11-20T02:38:41Z</td></tr><tr><td>Incidents</td><td>5a1c7f0e93d24a55, 6b2d8f1fa4e35b66</td></tr></table><p><a href=\"https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\">Acknowledge</a></p>","contentType":"HTML"}
        + message.internetMessageHeaders[1] = {"name":"x-gatehouse-message","value":"79b65e7351c37307973b16bfa490505f"}
        + message.subject = "[CRITICAL] Details: Break-glass account signed in"
        == acknowledged
        - message.body = {"content":"<p><b>Break-glass account signed in</b></p><p>If nobody on the call list did this, treat it as a compromise.</p><table><tr><td>Customer</td><td>Example Corp</td></tr><tr><td>Account</td><td>bg-01@examplecorp.onmicrosoft.com</td></tr><tr><td>Result</td><td>Success (0)</td></tr><tr><td>IP</td><td>203.0.113.77 (Oslo, NO)</td></tr><tr><td>Since</td><td>2026-11-20T02:38:41Z</td></tr><tr><td>Incidents</td><td>5a1c7f0e93d24a55, 6b2d8f1fa4e35b66</td></tr></table><p><a href=\"https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\">Acknowledge</a></p>","contentType":"HTML"}
        - message.subject = "[CRITICAL] Break-glass account signed in"
        + message.body = {"content":"<p><b>Acknowledged: Break-glass account signed in</b></p><p>If nobody on the call list did this, treat it as a compromise.</p><table><tr><td>Customer</td><td>Example Corp</td></tr><tr><td>By</td><td>ola@example.com</td></tr><tr><td>Account</td><td>bg-01@examplecorp.onmicrosoft.com</td></tr><tr><td>Result</td><td>Success (0)</td></tr><tr><td>IP</td><td>203.0.113.77 (Oslo, NO)</td></tr><tr><td>Since</td><td>2026-11-20T02:38:41Z</td></tr><tr><td>Incidents</td><td>5a1c7f0e93d24a55, 6b2d8f1fa4e35b66</td></tr></table><p><a href=\"https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\">Open the incident</a></p>","contentType":"HTML"}
        + message.subject = "[CRITICAL] Acknowledged: Break-glass account signed in"
        == resolved
        - message.body = {"content":"<p><b>Break-glass account signed in</b></p><p>If nobody on the call list did this, treat it as a compromise.</p><table><tr><td>Customer</td><td>Example Corp</td></tr><tr><td>Account</td><td>bg-01@examplecorp.onmicrosoft.com</td></tr><tr><td>Result</td><td>Success (0)</td></tr><tr><td>IP</td><td>203.0.113.77 (Oslo, NO)</td></tr><tr><td>Since</td><td>2026-11-20T02:38:41Z</td></tr><tr><td>Incidents</td><td>5a1c7f0e93d24a55, 6b2d8f1fa4e35b66</td></tr></table><p><a href=\"https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\">Acknowledge</a></p>","contentType":"HTML"}
        - message.subject = "[CRITICAL] Break-glass account signed in"
        + message.body = {"content":"<p><b>Closed: Break-glass account signed in</b></p><p>If nobody on the call list did this, treat it as a compromise.</p><table><tr><td>Customer</td><td>Example Corp</td></tr><tr><td>By</td><td>ola@example.com</td></tr><tr><td>Account</td><td>bg-01@examplecorp.onmicrosoft.com</td></tr><tr><td>Result</td><td>Success (0)</td></tr><tr><td>IP</td><td>203.0.113.77 (Oslo, NO)</td></tr><tr><td>Since</td><td>2026-11-20T02:38:41Z</td></tr><tr><td>Incidents</td><td>5a1c7f0e93d24a55, 6b2d8f1fa4e35b66</td></tr></table><p><a href=\"https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\">Open the incident</a></p>","contentType":"HTML"}
        + message.subject = "[CRITICAL] Closed: Break-glass account signed in"
        == test
        - message.body = {"content":"<p><b>Break-glass account signed in</b></p><p>If nobody on the call list did this, treat it as a compromise.</p><table><tr><td>Customer</td><td>Example Corp</td></tr><tr><td>Account</td><td>bg-01@examplecorp.onmicrosoft.com</td></tr><tr><td>Result</td><td>Success (0)</td></tr><tr><td>IP</td><td>203.0.113.77 (Oslo, NO)</td></tr><tr><td>Since</td><td>2026-11-20T02:38:41Z</td></tr><tr><td>Incidents</td><td>5a1c7f0e93d24a55, 6b2d8f1fa4e35b66</td></tr></table><p><a href=\"https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\">Acknowledge</a></p>","contentType":"HTML"}
        - message.importance = "high"
        - message.subject = "[CRITICAL] Break-glass account signed in"
        + message.body = {"content":"<p><b>TEST: Break-glass account signed in</b></p><p>If nobody on the call list did this, treat it as a compromise.</p><table><tr><td>Customer</td><td>Example Corp</td></tr><tr><td>Account</td><td>bg-01@examplecorp.onmicrosoft.com</td></tr><tr><td>Result</td><td>Success (0)</td></tr><tr><td>IP</td><td>203.0.113.77 (Oslo, NO)</td></tr><tr><td>Since</td><td>2026-11-20T02:38:41Z</td></tr><tr><td>Incidents</td><td>5a1c7f0e93d24a55, 6b2d8f1fa4e35b66</td></tr></table><p><a href=\"https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\">Acknowledge</a></p>","contentType":"HTML"}
        + message.importance = "normal"
        + message.subject = "[INFO] TEST: Break-glass account signed in"
        == drill
        - message.body = {"content":"<p><b>Break-glass account signed in</b></p><p>If nobody on the call list did this, treat it as a compromise.</p><table><tr><td>Customer</td><td>Example Corp</td></tr><tr><td>Account</td><td>bg-01@examplecorp.onmicrosoft.com</td></tr><tr><td>Result</td><td>Success (0)</td></tr><tr><td>IP</td><td>203.0.113.77 (Oslo, NO)</td></tr><tr><td>Since</td><td>2026-11-20T02:38:41Z</td></tr><tr><td>Incidents</td><td>5a1c7f0e93d24a55, 6b2d8f1fa4e35b66</td></tr></table><p><a href=\"https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\">Acknowledge</a></p>","contentType":"HTML"}
        - message.subject = "[CRITICAL] Break-glass account signed in"
        + message.body = {"content":"<p><b>DRILL: Break-glass account signed in</b></p><p>If nobody on the call list did this, treat it as a compromise.</p><table><tr><td>Customer</td><td>Example Corp</td></tr><tr><td>Account</td><td>bg-01@examplecorp.onmicrosoft.com</td></tr><tr><td>Result</td><td>Success (0)</td></tr><tr><td>IP</td><td>203.0.113.77 (Oslo, NO)</td></tr><tr><td>Since</td><td>2026-11-20T02:38:41Z</td></tr><tr><td>Incidents</td><td>5a1c7f0e93d24a55, 6b2d8f1fa4e35b66</td></tr></table><p><a href=\"https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\">Acknowledge</a></p>","contentType":"HTML"}
        + message.subject = "[CRITICAL] DRILL: Break-glass account signed in"
        == may repeat
        - message.body = {"content":"<p><b>Break-glass account signed in</b></p><p>If nobody on the call list did this, treat it as a compromise.</p><table><tr><td>Customer</td><td>Example Corp</td></tr><tr><td>Account</td><td>bg-01@examplecorp.onmicrosoft.com</td></tr><tr><td>Result</td><td>Success (0)</td></tr><tr><td>IP</td><td>203.0.113.77 (Oslo, NO)</td></tr><tr><td>Since</td><td>2026-11-20T02:38:41Z</td></tr><tr><td>Incidents</td><td>5a1c7f0e93d24a55, 6b2d8f1fa4e35b66</td></tr></table><p><a href=\"https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\">Acknowledge</a></p>","contentType":"HTML"}
        - message.subject = "[CRITICAL] Break-glass account signed in"
        + message.body = {"content":"<p><b>Break-glass account signed in (may repeat)</b></p><p>If nobody on the call list did this, treat it as a compromise.</p><table><tr><td>Customer</td><td>Example Corp</td></tr><tr><td>Account</td><td>bg-01@examplecorp.onmicrosoft.com</td></tr><tr><td>Result</td><td>Success (0)</td></tr><tr><td>IP</td><td>203.0.113.77 (Oslo, NO)</td></tr><tr><td>Since</td><td>2026-11-20T02:38:41Z</td></tr><tr><td>Incidents</td><td>5a1c7f0e93d24a55, 6b2d8f1fa4e35b66</td></tr></table><p><a href=\"https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\">Acknowledge</a></p>","contentType":"HTML"}
        + message.subject = "[CRITICAL] Break-glass account signed in (may repeat)"
    "#]], expect![[r#"
        == hostile
        POST https://graph.example/v1.0/users/alerts%2Bduty%40example.com/sendMail
        authorization: Bearer token-1
        content-type: application/json
        message.body = {"content":"<p><b>Sign-in &lt;!channel&gt; @channel [free](https[:]//evil[.]example) &lt;a href=&quot;https[:]//evil[.]example&quot;&gt;*x*&lt;/a&gt; `y` www[.]evil[.]example  Bcc: all@evil.example </b></p><p>Text &lt;!channel&gt; @channel [free](https[:]//evil[.]example) &lt;a href=&quot;https[:]//evil[.]example&quot;&gt;*x*&lt;/a&gt; `y` www[.]evil[.]example  Bcc: all@evil.example </p><table><tr><td>Customer</td><td>Contoso &lt;!channel&gt; @channel [free](https[:]//evil[.]example) &lt;a href=&quot;https[:]//evil[.]example&quot;&gt;*x*&lt;/a&gt; `y` www[.]evil[.]example  Bcc: all@evil.example </td></tr><tr><td>By</td><td>&lt;!channel&gt; @channel [free](https[:]//evil[.]example) &lt;a href=&quot;https[:]//evil[.]example&quot;&gt;*x*&lt;/a&gt; `y` www[.]evil[.]example  Bcc: all@evil.example </td></tr><tr><td>App</td><td>&lt;!channel&gt; @channel [free](https[:]//evil[.]example) &lt;a href=&quot;https[:]//evil[.]example&quot;&gt;*x*&lt;/a&gt; `y` www[.]evil[.]example  Bcc: all@evil.example </td></tr><tr><td>&lt;!channel&gt; @channel [free](https[:]//evil[.]example) &lt;a href=&quot;h…</td><td>[code]&lt;b&gt;x&lt;/b&gt;[/code]</td></tr><tr><td>Since</td><td>2026-11-20T02:38:41Z</td></tr><tr><td>Incidents</td><td>5a1c7f0e93d24a55, 6b2d8f1fa4e35b66</td></tr></table><p><a href=\"https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233\">Acknowledge</a></p>","contentType":"HTML"}
        message.importance = "high"
        message.internetMessageHeaders[0] = {"name":"x-gatehouse-key","value":"e12827cd3feaed3720fe35d1012cb807"}
        message.internetMessageHeaders[1] = {"name":"x-gatehouse-message","value":"ff64481617ce5de73bbe8531d9b06080"}
        message.subject = "[CRITICAL] Sign-in <!channel> @channel [free](https[:]//evil[.]example) <a href=\"https[:]//evil[.]example\">*x*</a> `y` www[.]evil[.]example  Bcc: all@evil.example "
        message.toRecipients[0].emailAddress = {"address":"oncall@example.com"}
        message.toRecipients[1].emailAddress = {"address":"ciso@example.com"}
        saveToSentItems = true
    "#]]).await;
}

#[tokio::test]
async fn a_mail_server_gets_plain_text() {
    check(
        stand::smtp(),
        LINKING,
        expect![[r#"
        == triggered
        MAIL mail.example:587 StartTls
        from = alerts@example.com
        to = oncall@example.com
        to = ciso@example.com
        subject = "[CRITICAL] Break-glass account signed in"
        id = ff64481617ce5de73bbe8531d9b06080.8759693e4aea@example.com
        thread = e12827cd3feaed3720fe35d1012cb807@example.com
        urgent = true
        | Break-glass account signed in
        | 
        | If nobody on the call list did this, treat it as a compromise.
        | 
        | Customer: Example Corp
        | Account: bg-01@examplecorp.onmicrosoft.com
        | Result: Success (0)
        | IP: 203.0.113.77 (Oslo, NO)
        | Since: 2026-11-20T02:38:41Z
        | Incidents: 5a1c7f0e93d24a55, 6b2d8f1fa4e35b66
        | 
        | Acknowledge: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233
        == updated
        - subject = "[CRITICAL] Break-glass account signed in"
        - id = ff64481617ce5de73bbe8531d9b06080.8759693e4aea@example.com
        - | Break-glass account signed in
        + subject = "[CRITICAL] Details: Break-glass account signed in"
        + id = 79b65e7351c37307973b16bfa490505f.8759693e4aea@example.com
        + | Details: Break-glass account signed in
        == acknowledged
        - subject = "[CRITICAL] Break-glass account signed in"
        - | Break-glass account signed in
        - | Acknowledge: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233
        + subject = "[CRITICAL] Acknowledged: Break-glass account signed in"
        + | Acknowledged: Break-glass account signed in
        + | By: ola@example.com
        + | Open the incident: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233
        == resolved
        - subject = "[CRITICAL] Break-glass account signed in"
        - | Break-glass account signed in
        - | Acknowledge: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233
        + subject = "[CRITICAL] Closed: Break-glass account signed in"
        + | Closed: Break-glass account signed in
        + | By: ola@example.com
        + | Open the incident: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233
        == test
        - subject = "[CRITICAL] Break-glass account signed in"
        - urgent = true
        - | Break-glass account signed in
        + subject = "[INFO] TEST: Break-glass account signed in"
        + urgent = false
        + | TEST: Break-glass account signed in
        == drill
        - subject = "[CRITICAL] Break-glass account signed in"
        - | Break-glass account signed in
        + subject = "[CRITICAL] DRILL: Break-glass account signed in"
        + | DRILL: Break-glass account signed in
        == may repeat
        - subject = "[CRITICAL] Break-glass account signed in"
        - | Break-glass account signed in
        + subject = "[CRITICAL] Break-glass account signed in (may repeat)"
        + | Break-glass account signed in (may repeat)
    "#]],
        expect![[r#"
            == hostile
            MAIL mail.example:587 StartTls
            from = alerts@example.com
            to = oncall@example.com
            to = ciso@example.com
            subject = "[CRITICAL] Sign-in <!channel> @channel [free](https[:]//evil[.]example) <a href=\"https[:]//evil[.]example\">*x*</a> `y` www[.]evil[.]example  Bcc: all@evil.example "
            id = ff64481617ce5de73bbe8531d9b06080.8759693e4aea@example.com
            thread = e12827cd3feaed3720fe35d1012cb807@example.com
            urgent = true
            | Sign-in <!channel> @channel [free](https[:]//evil[.]example) <a href="https[:]//evil[.]example">*x*</a> `y` www[.]evil[.]example  Bcc: all@evil.example 
            | 
            | Text <!channel> @channel [free](https[:]//evil[.]example) <a href="https[:]//evil[.]example">*x*</a> `y` www[.]evil[.]example  Bcc: all@evil.example 
            | 
            | Customer: Contoso <!channel> @channel [free](https[:]//evil[.]example) <a href="https[:]//evil[.]example">*x*</a> `y` www[.]evil[.]example  Bcc: all@evil.example 
            | By: <!channel> @channel [free](https[:]//evil[.]example) <a href="https[:]//evil[.]example">*x*</a> `y` www[.]evil[.]example  Bcc: all@evil.example 
            | App: <!channel> @channel [free](https[:]//evil[.]example) <a href="https[:]//evil[.]example">*x*</a> `y` www[.]evil[.]example  Bcc: all@evil.example 
            | <!channel> @channel [free](https[:]//evil[.]example) <a href="h…: [code]<b>x</b>[/code]
            | Since: 2026-11-20T02:38:41Z
            | Incidents: 5a1c7f0e93d24a55, 6b2d8f1fa4e35b66
            | 
            | Acknowledge: https://gatehouse.example/api/v1/incidents/5a1c7f0e93d24a55/page?link=2233
        "#]],
    )
    .await;
}
