//! The packaged program under the host. Without a configuration every invocation fails, and that is what is shown here:
//! a handler that is there at once, says what is wrong, loses no message and stays up.

use super::*;

#[tokio::test]
async fn a_program_that_cannot_be_wired_is_there_and_says_so_and_loses_no_message() {
    let packaged = Packaged::new();
    let mut host = AzureHost::start(packaged.folder(), &[]).await;
    assert!(host.timer("schedule_sync").await.unwrap_err().contains("the program cannot start"));

    host.push("sync", r#"{"customer":"contoso"}"#);
    let deliveries = host.drain_queues().await;
    let attempts: Vec<_> = deliveries.iter().map(|delivery| delivery.attempt).collect();
    assert_eq!(attempts, [1, 2, 3, 4, 5]);
    assert!(deliveries.iter().all(|delivery| delivery.failed.is_some()));
    assert_eq!(host.poison(), [("sync-poison".to_owned(), r#"{"customer":"contoso"}"#.to_owned())]);

    let status = async |method, path| host.http(method, path, &[], "").await.status().as_u16();
    assert_eq!(status("GET", "/api/v1/health").await, 503);
    assert_eq!(status("GET", "/api/v1/plans").await, 503);
    assert_eq!(status("POST", "/sync_customer").await, 404);
    assert_eq!(status("POST", "/api/sync_customer").await, 404);

    let lines = host.output();
    for line in &lines {
        let line: Value = serde_json::from_str(line).expect("each line is one JSON object, and none an error's");
        for field in ["invocation", "function", "traceparent", "level", "timestamp"] {
            assert!(line[field].is_string(), "{field}: {line}");
        }
    }
    assert!(lines.len() >= 8, "{lines:#?}");
    host.kill().await;
}

#[tokio::test]
async fn the_host_takes_the_last_part_of_the_invocation_id_and_no_query_reaches_the_log() {
    let packaged = Packaged::new();
    let host = AzureHost::start(packaged.folder(), &[]).await;
    let spoofed = [("X-Azure-Functions-InvocationId", "11111111-1111-4111-8111-111111111111")];
    host.http("GET", "/api/v1/health?code=not-for-the-log", &spoofed, "").await;
    let output = host.output().join("\n");
    assert!(
        output.contains("health") && !output.contains("11111111") && !output.contains("not-for-the-log"),
        "{output}"
    );
}

#[tokio::test]
async fn a_handler_that_is_asked_to_end_ends_with_the_status_after_which_it_is_started_again() {
    let packaged = Packaged::new();
    let host = AzureHost::start(packaged.folder(), &[]).await;
    assert_eq!(host.terminate().await.code(), Some(200), "after 0 the host would never start it again");
}
