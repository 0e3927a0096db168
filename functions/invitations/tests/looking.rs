//! `GET /v1/invitations` and `GET /v1/invitations/{id}`.

use super::{ID, request, send, told, wanted};
use crate::Known;
use crate::double::{Double, json, known};
use access::config::May;
use access::requests::document::etag;
use access::requests::{Request, Status};
use engine::requests::{Page, Refused};
use serde_json::json;
use std::sync::Mutex;

fn reader() -> Known {
    known(&[May::Read])
}

fn shows(looked: Result<Request, Refused>) -> Double {
    Double { looked: Mutex::new(Some(looked)), ..Double::default() }
}

fn lists(listed: Result<Page, Refused>) -> Double {
    Double { listed: Mutex::new(Some(listed)), ..Double::default() }
}

#[tokio::test]
async fn a_request_is_shown_with_a_tag_that_changes_with_it() {
    let mut tags = Vec::new();
    for status in [Status::Accepted, Status::Active] {
        let (response, asked) = send(reader(), request("GET", &format!("/{ID}"), ""), shows(Ok(wanted(status)))).await;
        assert_eq!((response.status().as_u16(), asked), (200, vec![format!("request servicenow {ID}")]));
        assert_eq!(json(&response)["status"], json!(status));
        assert_eq!(response.headers()["cache-control"], "no-store");
        tags.push(response.headers()["etag"].clone());
    }
    assert_ne!(tags[0], tags[1]);
}

#[tokio::test]
async fn what_the_caller_has_already_is_not_sent_again() {
    let tag = etag(&wanted(Status::Active));
    let many = format!("\"other\", W/{tag}");
    for (header, same) in [
        (tag.as_str(), true),
        (&format!("W/{tag}"), true),
        (many.as_str(), true),
        ("*", true),
        ("\"other\"", false),
        (tag.trim_matches('"'), false),
    ] {
        let mut request = request("GET", &format!("/{ID}"), "");
        request.headers_mut().insert("if-none-match", header.parse().unwrap());
        let (response, _) = send(reader(), request, shows(Ok(wanted(Status::Active)))).await;
        assert_eq!(response.status(), if same { 304 } else { 200 }, "{header}");
        assert_eq!(response.body().is_empty(), same);
        assert_eq!(response.headers().contains_key("content-type"), !same);
        assert_eq!(response.headers()["etag"], tag);
    }
}

#[tokio::test]
async fn what_a_caller_may_not_see_looks_like_what_is_not_there() {
    let get = || request("GET", &format!("/{ID}"), "");
    let (hidden, _) = send(reader(), get(), shows(Err(Refused::NotFound(ID.into())))).await;
    let (no_id, _) = send(reader(), request("GET", "/x", ""), Double::default()).await;
    assert_eq!(told(&hidden), (404, "not_found".into()));
    assert_eq!((hidden.body(), hidden.headers()), (no_id.body(), no_id.headers()));
    let (tagged, _) = {
        let mut request = get();
        request.headers_mut().insert("if-none-match", "*".parse().unwrap());
        send(reader(), request, shows(Err(Refused::NotFound(ID.into())))).await
    };
    assert_eq!(told(&tagged), (404, "not_found".into()));
}

#[tokio::test]
async fn a_list_is_asked_for_with_its_filters() {
    let none = "customer: None, status: None, after: None";
    for (query, filter) in [
        (String::new(), none.to_owned()),
        ("?customer=&status=&next=".into(), none.to_owned()),
        ("?code=x&customer=contoso".into(), r#"customer: Some("contoso"), status: None, after: None"#.into()),
        (
            format!("?status=waiting_approval&next={ID}"),
            format!("customer: None, status: Some(WaitingApproval), after: Some(RequestId({ID:?}))"),
        ),
        ("?customer=a%26b".into(), r#"customer: Some("a&b"), status: None, after: None"#.into()),
    ] {
        let (response, asked) = send(reader(), request("GET", &query, ""), lists(Ok(Page::default()))).await;
        assert_eq!(asked, [format!("requests servicenow Filter {{ {filter} }}")]);
        assert_eq!(json(&response), json!({ "invitations": [], "next": null }));
    }
}

#[tokio::test]
async fn a_page_says_where_the_list_goes_on() {
    let page = Page { requests: vec![wanted(Status::Active)], next: Some(ID.parse().unwrap()) };
    let (response, _) = send(reader(), request("GET", "", ""), lists(Ok(page))).await;
    let body = json(&response);
    assert_eq!((response.status().as_u16(), &body["next"]), (200, &json!(ID)));
    let one = send(reader(), request("GET", &format!("/{ID}"), ""), shows(Ok(wanted(Status::Active)))).await.0;
    assert_eq!(body["invitations"], json!([json(&one)]), "the same document as by itself");
}

#[tokio::test]
async fn a_filter_that_cannot_be_understood_is_not_left_out() {
    for query in ["?status=open", "?status=Active", "?next=2", "?next=0123456789ABCDEF0123456789ABCDEF"] {
        let (response, asked) = send(reader(), request("GET", query, ""), Double::default()).await;
        assert_eq!((told(&response), asked.len()), ((400, "invalid_json".into()), 0), "{query}");
    }
    let forbidden = lists(Err(Refused::Forbidden("needs `read`".into())));
    let (response, _) = send(known(&[May::Alert]), request("GET", "", ""), forbidden).await;
    assert_eq!(told(&response), (403, "forbidden".into()));
}
