//! The bodies that Azure and its relatives send.

use super::super::{AlertState, FindingKind, Shape};
use super::{body, files, reading, sample, shown};
use expect_test::expect_file;

#[test]
fn every_sample_says_what_it_says() {
    let told = files("").into_iter().map(|file| format!("{file}\n{}", shown(&reading(&body(&file)))));
    expect_file!["payloads.txt"].assert_eq(&told.collect::<Vec<_>>().join("\n"));
}

#[test]
fn the_same_alert_means_the_same_in_whichever_order_it_is_written() {
    assert_eq!(sample("01"), sample("29"));
}

#[test]
fn one_sign_in_has_one_id_on_every_road() {
    let event = sample("01").findings[0].event.clone();
    assert!(event.is_some());
    for road in ["02", "03", "05a", "20", "21", "23", "25", "26", "28", "30"] {
        let other = sample(road);
        assert_eq!(other.findings[0].kind, FindingKind::SignIn, "{road}");
        assert_eq!(other.findings[0].user, sample("01").findings[0].user, "{road}");
        if road != "05a" {
            assert_eq!(other.findings[0].event, event, "{road}");
        }
    }
    assert_ne!(sample("30").id, sample("01").id);
    assert_eq!(sample("02").id, sample("01").id);
}

#[test]
fn a_deleted_rule_is_one_finding_in_both_schemas() {
    assert_eq!(sample("15").findings, sample("16").findings);
    assert!(sample("15").findings[0].severe && sample("17").findings[0].severe);
}

#[test]
fn only_what_is_over_elsewhere_did_not_fire() {
    let quiet = |file: &String| !matches!(sample(file).state, AlertState::Fired);
    let alerts = files("").into_iter().filter(|file| !file.starts_with("24"));
    let quiet: Vec<_> = alerts.filter(quiet).map(|file| file[..2].to_owned()).collect();
    assert_eq!(quiet, ["02", "21"]);
}

#[test]
fn only_samples_of_the_test_button_are_tests() {
    let alerts = files("").into_iter().filter(|file| !file.starts_with("24"));
    let tests: Vec<_> = alerts.filter(|file| sample(file).test).map(|file| file[..2].to_owned()).collect();
    assert_eq!(tests, ["09", "18"]);
}

#[test]
fn an_alert_that_names_nobody_has_no_finding_and_says_where_to_ask() {
    for file in ["04", "11"] {
        let alert = sample(file);
        assert!(alert.findings.is_empty() && alert.workspace.is_some() && alert.window.is_some(), "{file}");
    }
}

#[test]
fn each_shape_is_told_apart() {
    let shapes = ["04", "08", "10", "12", "13", "15", "16", "19", "18", "20", "22", "23", "25", "26", "28", "14"];
    let expected = [
        Shape::LogV2,
        Shape::SimpleLog,
        Shape::LogV1,
        Shape::LogV1Own,
        Shape::ApplicationInsights,
        Shape::ActivityLog,
        Shape::ActivityLog,
        Shape::ResourceHealth,
        Shape::OtherCommon,
        Shape::Sentinel,
        Shape::GraphAlert,
        Shape::GraphRisk,
        Shape::EventGrid,
        Shape::CloudEvent,
        Shape::EventHub,
        Shape::Unrecognised,
    ];
    assert_eq!(shapes.map(|file| sample(file).shape), expected);
}
