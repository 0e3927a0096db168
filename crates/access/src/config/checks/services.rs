//! The services of channels: what must be written together, and what has the shape of a name at its service.

use crate::config::files::{ChannelTable, ServiceNowTable, Slack, SmtpTable, SnsTable, TwilioTable};
use crate::config::places::Places;
use crate::config::problem::ConfigProblem;

/// The service of the channel that is written at `at`.
pub(super) fn one(places: &Places, at: &str, channel: &ChannelTable, found: &mut Vec<ConfigProblem>) {
    if let Some(Slack::App(app)) = &channel.slack {
        slack_ids(places, &format!("{at}.slack"), app.channel.0.as_str(), app.people.keys(), found);
        if app.signing_secret.is_none() && !app.people.is_empty() {
            let text = "nobody can acknowledge in Slack: without `signing_secret` there are no buttons";
            found.push(places.warning(&format!("{at}.slack.people"), "slack_without_buttons", text));
        }
        if app.signing_secret.is_some() && app.people.is_empty() && places.is_whole(&format!("{at}.slack")) {
            let problem =
                places.warning(&format!("{at}.slack"), "slack_without_people", "nobody may press its buttons");
            found.push(problem.hint("people = { U012AB3CD = \"ola@northwind.example\" }"));
        }
    }
    if let Some(table) = &channel.smtp {
        smtp(places, &format!("{at}.smtp"), table, found);
        if channel.url.is_some() {
            let problem = places.error(&format!("{at}.url"), "url_unused", "says nothing about a mail server");
            found.push(problem.hint("its name is `host`, its port `port`"));
        }
    }
    if let Some(table) = &channel.sns {
        sns(places, &format!("{at}.sns"), table, found);
    }
    if let Some(table) = &channel.twilio {
        twilio(places, &format!("{at}.twilio"), table, found);
    }
    if let Some(table) = &channel.servicenow {
        servicenow(places, &format!("{at}.servicenow"), table, found);
    }
}

/// Ids as Slack shows them; a channel's name would be taken too, and would change with the channel.
fn slack_ids<'a>(
    places: &Places,
    at: &str,
    channel: &str,
    people: impl Iterator<Item = &'a String>,
    found: &mut Vec<ConfigProblem>,
) {
    if !is_slack_id(channel, &['C', 'G', 'D']) {
        let problem = places.error(&format!("{at}.channel"), "invalid_slack_id", "is not the id of a channel");
        found.push(problem.hint("Slack shows it at the end of the channel's details, as in \"C0123456789\""));
    }
    for id in people.filter(|id| !is_slack_id(id, &['U', 'W'])) {
        let problem = places.error(&format!("{at}.people.{id}"), "invalid_slack_id", "is not the id of a member");
        found.push(problem.hint("Slack copies it from a profile (\"Copy member ID\"), as in U012AB3CD"));
    }
}

fn is_slack_id(text: &str, first: &[char]) -> bool {
    let fits = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    text.starts_with(first) && (2..=32).contains(&text.len()) && text.bytes().all(fits)
}

fn smtp(places: &Places, at: &str, table: &SmtpTable, found: &mut Vec<ConfigProblem>) {
    if table.user.is_some() != table.password.is_some() && places.is_whole(at) {
        found.push(places.error(at, "half_a_login", "needs both `user` and `password`, or neither"));
    }
    if table.port == Some(25) {
        let text = "port 25 is for mail between servers, and blocked in Azure and AWS";
        found.push(places.warning(&format!("{at}.port"), "port_between_servers", text).hint("587 or 465"));
    }
}

fn sns(places: &Places, at: &str, table: &SnsTable, found: &mut Vec<ConfigProblem>) {
    if table.access_key.is_some() != table.secret_key.is_some() && places.is_whole(at) {
        let problem = places.error(at, "half_a_key", "needs both `access_key` and `secret_key`, or neither");
        found.push(problem.hint("without them the function's own role is used, under AWS Lambda"));
    }
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if table.region.as_ref().is_some_and(|region| !region.0.bytes().all(fits)) {
        found.push(places.error(&format!("{at}.region"), "invalid_region", "is not the name of a region"));
    }
}

fn twilio(places: &Places, at: &str, table: &TwilioTable, found: &mut Vec<ConfigProblem>) {
    let is_sid = |text: &str, prefix: &str| {
        text.strip_prefix(prefix).is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    if !is_sid(&table.account.0, "AC") {
        let problem = places.error(&format!("{at}.account"), "invalid_sid", "is not the SID of an account");
        found.push(problem.hint("it has the letters AC and 32 hexadecimal digits"));
    }
    let from = table.from.0.as_str();
    let is_number = |from: &str| {
        let digits = from.strip_prefix('+').unwrap_or(from);
        (3..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_name = |from: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b' ';
        from.len() <= 11 && from.bytes().all(fits) && from.bytes().any(|byte| byte.is_ascii_alphabetic())
    };
    if !(is_sid(from, "MG") || is_number(from) || is_name(from)) {
        let problem = places.error(&format!("{at}.from"), "invalid_sender", "cannot send text messages");
        found.push(
            problem.hint("a number, a short code, a name of up to 11 letters, or the SID of a messaging service (MG…)"),
        );
    }
}

fn servicenow(places: &Places, at: &str, table: &ServiceNowTable, found: &mut Vec<ConfigProblem>) {
    if !places.is_whole(at) {
        return;
    }
    if table.url.is_some() == table.instance.is_some() {
        found.push(places.error(at, "instance", "needs `url` or `instance`, one of them"));
    }
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if table.instance.as_ref().is_some_and(|name| name.0.len() > 63 || !name.0.bytes().all(fits)) {
        let problem = places.error(&format!("{at}.instance"), "instance", "is not the name of an instance");
        found.push(problem.hint("what stands before .service-now.com"));
    }
    if !matches!((&table.user, &table.password, &table.token), (Some(_), Some(_), None) | (None, None, Some(_))) {
        found.push(places.error(at, "record_auth", "needs `user` and `password`, or `token` alone"));
    }
}
