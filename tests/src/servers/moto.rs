//! AWS on this machine: S3, SQS, SNS, STS and whatever else moto knows.

use super::{Output, Running, tool};
use bytes::Bytes;
use http::Request;
use outside::{Https, Transport};
use std::process::Command;
use std::time::Duration;

/// AWS in memory, behind one address. It believes every signature until it is told to guard.
pub(crate) struct Moto {
    pub(crate) running: Running,
    port: u16,
}

impl Moto {
    /// Starts one that is empty.
    pub(crate) fn start() -> Self {
        let program = tool("moto/bin/moto_server");
        let (running, ports) = Running::start("moto", Output::Errors, &["Running on"], |certificate, key| {
            let mut command = Command::new(program);
            command.args(["-H", "127.0.0.1", "-p", "0", "-s", "-c"]).arg(certificate).arg("-k").arg(key);
            command
        });
        Self { running, port: ports[0] }
    }

    /// The address of all its services, without a slash at its end.
    pub(crate) fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    /// Makes a bucket.
    pub(crate) async fn bucket(&self, name: &str) {
        self.ask(Request::put(format!("{}/{name}", self.url())).body(Bytes::new()).unwrap()).await;
    }

    /// Makes somebody with this policy, and from then on refuses whatever a policy does not allow or a signature does not
    /// prove. Returns the id and the secret of an access key.
    pub(crate) async fn guard(&self, policy: &str) -> (String, String) {
        self.iam(&[("Action", "CreateUser"), ("UserName", "ours")]).await;
        let policy =
            [("Action", "PutUserPolicy"), ("UserName", "ours"), ("PolicyName", "ours"), ("PolicyDocument", policy)];
        self.iam(&policy).await;
        let made = self.iam(&[("Action", "CreateAccessKey"), ("UserName", "ours")]).await;
        let part = |name: &str| {
            let (_, after) = made.split_once(&format!("<{name}>")).unwrap();
            after.split_once('<').unwrap().0.to_owned()
        };
        let reset = Request::post(format!("{}/moto-api/reset-auth", self.url()));
        self.ask(reset.body(Bytes::from_static(b"0")).unwrap()).await;
        (part("AccessKeyId"), part("SecretAccessKey"))
    }

    async fn iam(&self, form: &[(&str, &str)]) -> String {
        let encoded = |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02X}")).collect() };
        let pairs: Vec<_> = form.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        // It finds the service by the scope of the signature.
        let scope =
            "AWS4-HMAC-SHA256 Credential=x/20260301/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0";
        let request = Request::post(format!("{}/", self.url()))
            .header("authorization", scope)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Bytes::from(format!("{}&Version=2010-05-08", pairs.join("&"))))
            .unwrap();
        String::from_utf8(self.ask(request).await.to_vec()).unwrap()
    }

    async fn ask(&self, request: Request<Bytes>) -> Bytes {
        let https = Https::new(self.running.ca_pem.clone().into_bytes());
        let answer = https.send(request, Duration::from_secs(30)).await.unwrap();
        assert_eq!(answer.status().as_u16(), 200, "{:?}", answer.body());
        answer.into_body()
    }
}
