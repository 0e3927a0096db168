//! The signatures of AWS's own test suite ("Signature Version 4 Test Suite"), and of the example on the page "Create a
//! signed AWS API request".

use crate::sigv4::{Scope, sign};
use crate::{AwsKeys, SecretText};
use bytes::Bytes;
use http::{Method, Request};

const FORM: &str = "application/x-www-form-urlencoded";

fn signature(method: Method, url: &str, kind: Option<&str>, body: &str, service: &str) -> String {
    let mut request = Request::builder().method(method).uri(url);
    if let Some(kind) = kind {
        request = request.header("content-type", kind);
    }
    let mut request = request.body(Bytes::from(body.to_owned())).unwrap();
    let keys = AwsKeys {
        id: SecretText::new("AKIDEXAMPLE"),
        secret: SecretText::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
        session: None,
    };
    let scope = Scope { region: "us-east-1", service };
    sign(&mut request, &keys, &scope, "2015-08-30T12:36:00Z".parse().unwrap());
    assert!(request.headers()["authorization"].is_sensitive());
    let proof = request.headers()["authorization"].to_str().unwrap().to_owned();
    let credential = format!("Credential=AKIDEXAMPLE/20150830/us-east-1/{service}/aws4_request, ");
    assert!(proof.starts_with(&format!("AWS4-HMAC-SHA256 {credential}")), "{proof}");
    proof.rsplit_once("Signature=").unwrap().1.to_owned()
}

#[test]
fn requests_are_signed_as_in_the_test_suite() {
    let url = "https://example.amazonaws.com/";
    let vanilla = signature(Method::GET, url, None, "", "service");
    assert_eq!(vanilla, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
    let post = signature(Method::POST, url, None, "", "service");
    assert_eq!(post, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
    let form = signature(Method::POST, url, Some(FORM), "Param1=value1", "service");
    assert_eq!(form, "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a");
    let list = "https://iam.amazonaws.com/?Version=2010-05-08&Action=ListUsers";
    let list = signature(Method::GET, list, Some(&format!("{FORM}; charset=utf-8")), "", "iam");
    assert_eq!(list, "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
}

#[test]
fn a_port_is_part_of_the_host_unless_it_is_the_usual_one() {
    let of = |host: &str| signature(Method::POST, &format!("https://{host}/"), None, "", "service");
    assert_eq!(of("example.amazonaws.com:443"), of("example.amazonaws.com"));
    assert_ne!(of("example.amazonaws.com:8443"), of("example.amazonaws.com"));
}
