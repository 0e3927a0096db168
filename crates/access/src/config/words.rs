//! Texts with a grammar of their own: one parser each, used by the walk (which knows the line) and by serde.

use super::arm::{self, ArmId};
use super::field_path::{self, FieldSource};
use super::model::SecretRef;
use super::store::StorePlace;
use jiff::SignedDuration;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;

/// The longest duration that can be written: ten years. Longer is a slip of the keyboard.
pub(super) const DURATION_MAX: SignedDuration = SignedDuration::from_hours(3650 * 24);

/// The longest name of a customer, profile, package, caller or channel.
pub(super) const NAME_CHARS_MAX: usize = 64;

/// Why a text is not one of its kind. Never repeats the text, which might be a secret in the wrong place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Complaint {
    pub(super) code: &'static str,
    pub(super) text: &'static str,
    pub(super) hint: Option<&'static str>,
}

const fn complaint(code: &'static str, text: &'static str, hint: Option<&'static str>) -> Complaint {
    Complaint { code, text, hint }
}

macro_rules! words {
    ($($(#[doc = $doc:literal])* $name:ident($inner:ty) = $word:literal by $parse:path;)*) => {
        /// Each grammar's name, and what it is.
        pub(super) const GRAMMARS: &[(&str, &str)] = &[$(($word, concat!($($doc),*))),*];

        $(
            $(#[doc = $doc])*
            #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
            pub(super) struct $name(pub(super) $inner);

            impl<'de> Deserialize<'de> for $name {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    let text = String::deserialize(deserializer)?;
                    $parse(&text).map(Self).map_err(|complaint| D::Error::custom(complaint.text))
                }
            }

            impl JsonSchema for $name {
                fn inline_schema() -> bool {
                    true
                }
                fn schema_name() -> Cow<'static, str> {
                    stringify!($name).into()
                }
                fn json_schema(_: &mut SchemaGenerator) -> Schema {
                    json_schema!({ "type": "string", "x-word": $word })
                }
            }
        )*

        /// Holds `text` against the grammar called `word` in a schema.
        pub(super) fn check(word: &str, text: &str) -> Result<(), Complaint> {
            match word {
                "uuid" => uuid(text),
                $($word => $parse(text).map(drop),)*
                _ => Ok(()),
            }
        }
    };
}

words! {
    /// A whole number and one of `s`, `m`, `h`, `d`, such as `5m`; ten years at most.
    Duration(SignedDuration) = "duration" by duration;
    /// A duration, or `never`.
    DurationOrNever(Option<SignedDuration>) = "duration-or-never" by duration_or_never;
    /// A day, `2026-12-31`.
    Day(jiff::civil::Date) = "day" by day;
    /// Where the secret is, never what it is: `env:NAME`, an environment variable, or `file:PATH`, relative to the folder.
    Secret(SecretRef) = "secret" by secret;
    /// The address of a service: `https://`, without user, query and fragment.
    HttpsUrl(String) = "https-url" by https_url;
    /// Where state is kept: `file:PATH`, `az://ACCOUNT/CONTAINER/PREFIX`, `s3://BUCKET/PREFIX` or `memory:`.
    StoreUrl(String) = "store-url" by store_url;
    /// A mail domain, exact and without wildcards, such as `contoso.com`.
    Domain(String) = "domain" by domain;
    /// A mail address or user principal name.
    MailAddress(String) = "mail-address" by mail_address;
    /// The object id of a group, or the mail address of a person.
    Approver(String) = "approver" by approver;
    /// A mail address, or the object id of a person at the partner.
    Holder(String) = "holder" by holder;
    /// The resource id of an alert rule, as the Azure portal shows it: `…/scheduledQueryRules/…` or `…/activityLogAlerts/…`.
    AlertRuleId(ArmId) = "alert-rule-id" by alert_rule_id;
    /// The resource id of an action group, as the Azure portal shows it: `…/actionGroups/…`.
    ActionGroupId(ArmId) = "action-group-id" by action_group_id;
    /// The resource id of a Log Analytics workspace, as the Azure portal shows it: `…/workspaces/…`.
    WorkspaceResourceId(ArmId) = "workspace-resource-id" by workspace_resource_id;
    /// A host without `https://`, and its port where that is not 443: `desk.example`, `desk.example:8443`.
    HostPort(String) = "host-port" by host_port;
    /// 1 to 64 of `a-z`, `0-9`, `-`, `_`.
    Name(String) = "name" by name;
    /// Where a ticketing system's own body says something: `issue.fields.customfield_10201`, `labels[0]`, `ticket.customfields[name=CFEmail].value`; or a text that it always is, after `=`.
    FieldPath(FieldSource) = "field-path" by field_path;
    /// A regular expression, as the crate `regex-lite` reads it; no look-around, no back-references.
    Pattern(String) = "pattern" by pattern;
    /// One line, 1 to 256 characters.
    Text(String) = "text" by text;
    /// The name of a mail server, without its port.
    MailHost(String) = "mail-host" by mail_host;
    /// A telephone number: `+`, and 7 to 15 digits.
    PhoneNumber(String) = "phone-number" by phone_number;
    /// The ARN of an SNS topic: `arn:aws:sns:eu-north-1:123456789012:duty`.
    Arn(String) = "topic-arn" by topic_arn;
}

fn uuid(text: &str) -> Result<(), Complaint> {
    const ID: Complaint = complaint(
        "invalid_id",
        "is not an id",
        Some("an object id has 32 hexadecimal digits and four dashes, as the Entra admin center shows it"),
    );
    if text.len() != 36 {
        return Err(ID);
    }
    let id = text.parse::<uuid::Uuid>().map_err(|_| ID)?;
    if id.is_nil() {
        return Err(complaint("invalid_id", "is the id of nothing (all zeros)", None));
    }
    Ok(())
}

fn duration(text: &str) -> Result<SignedDuration, Complaint> {
    const GRAMMAR: Complaint = complaint(
        "invalid_duration",
        "is not a duration",
        Some("write a whole number and one of the units s, m, h, d, such as \"5m\""),
    );
    let (digits, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or(GRAMMAR)?;
    let seconds_each: i64 = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return Err(GRAMMAR),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(GRAMMAR);
    }
    let seconds = digits.parse::<i64>().ok().and_then(|count| count.checked_mul(seconds_each));
    seconds.map(SignedDuration::from_secs).filter(|duration| *duration <= DURATION_MAX).ok_or(complaint(
        "invalid_duration",
        "is longer than ten years",
        None,
    ))
}

fn duration_or_never(text: &str) -> Result<Option<SignedDuration>, Complaint> {
    if text == "never" { Ok(None) } else { duration(text).map(Some) }
}

fn day(text: &str) -> Result<jiff::civil::Date, Complaint> {
    const DAY: Complaint = complaint("invalid_day", "is not a day", Some("write it as \"2026-12-31\""));
    if text.len() == 10 { text.parse().map_err(|_| DAY) } else { Err(DAY) }
}

fn secret(text: &str) -> Result<SecretRef, Complaint> {
    if let Some(name) = text.strip_prefix("env:") {
        let first = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
        if first && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Ok(SecretRef::Env(name.to_owned()));
        }
        return Err(complaint("invalid_secret_reference", "does not name an environment variable after `env:`", None));
    }
    if let Some(path) = text.strip_prefix("file:") {
        if !path.trim().is_empty() && !path.contains('\0') {
            return Ok(SecretRef::File(path.to_owned()));
        }
        return Err(complaint("invalid_secret_reference", "does not name a file after `file:`", None));
    }
    Err(complaint(
        "plain_secret",
        "must say where the secret is, not what it is",
        Some("write \"env:NAME\" or \"file:PATH\"; if a secret stood here, change it: the file may have been copied"),
    ))
}

fn https_url(text: &str) -> Result<String, Complaint> {
    let url = url::Url::parse(text).map_err(|_| complaint("invalid_url", "is not a URL", None))?;
    if url.scheme() != "https" {
        return Err(complaint("url_not_https", "must begin with https://", None));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(complaint("invalid_url", "must not hold a user or a password", None));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(complaint("invalid_url", "must end with its path, without `?` or `#`", None));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn store_url(text: &str) -> Result<String, Complaint> {
    match StorePlace::parse(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(hint) => Err(complaint("invalid_store", "is not a place for state", Some(hint))),
    }
}

fn domain(text: &str) -> Result<String, Complaint> {
    if text.contains('*') {
        return Err(complaint("invalid_domain", "must be an exact domain: there are no wildcards", None));
    }
    if text.contains('@') {
        return Err(complaint("invalid_domain", "must be the part after the @ alone", None));
    }
    const DOMAIN: Complaint =
        complaint("invalid_domain", "is not a mail domain", Some("write it as in \"contoso.com\""));
    let ascii = idna::domain_to_ascii_strict(text).map_err(|_| DOMAIN)?;
    if ascii.contains('.') && !ascii.ends_with('.') { Ok(ascii) } else { Err(DOMAIN) }
}

fn mail_address(text: &str) -> Result<String, Complaint> {
    const MAIL: Complaint = complaint("invalid_mail_address", "is not a mail address", None);
    let (local, host) = text.rsplit_once('@').ok_or(MAIL)?;
    let odd = |c: char| c.is_whitespace() || c.is_control() || "<>,;:\"()[]\\@".contains(c);
    if local.is_empty() || local.len() > 64 || local.contains(odd) {
        return Err(MAIL);
    }
    domain(host).map(|host| format!("{local}@{host}")).map_err(|_| MAIL)
}

fn approver(text: &str) -> Result<String, Complaint> {
    match (uuid(text), mail_address(text)) {
        (Ok(()), _) => Ok(text.to_ascii_lowercase()),
        (_, Ok(address)) => Ok(address),
        _ => Err(complaint("invalid_approver", "is neither the id of a group nor a mail address", None)),
    }
}

fn holder(text: &str) -> Result<String, Complaint> {
    approver(text)
        .map_err(|_| complaint("invalid_holder", "is neither the object id of a person nor a mail address", None))
}

fn alert_rule_id(text: &str) -> Result<ArmId, Complaint> {
    const TYPES: [&str; 2] = ["Microsoft.Insights/scheduledQueryRules", "Microsoft.Insights/activityLogAlerts"];
    arm::parse(text, &TYPES).ok_or(complaint(
        "invalid_resource_id",
        "is not the id of an alert rule",
        Some(
            "write /subscriptions/<id>/resourceGroups/<name>/providers/Microsoft.Insights/scheduledQueryRules/<name>, or activityLogAlerts in its place, as the rule's properties in the Azure portal show it",
        ),
    ))
}

fn action_group_id(text: &str) -> Result<ArmId, Complaint> {
    arm::parse(text, &["Microsoft.Insights/actionGroups"]).ok_or(complaint(
        "invalid_resource_id",
        "is not the id of an action group",
        Some("write /subscriptions/<id>/resourceGroups/<name>/providers/Microsoft.Insights/actionGroups/<name>"),
    ))
}

fn workspace_resource_id(text: &str) -> Result<ArmId, Complaint> {
    arm::parse(text, &["Microsoft.OperationalInsights/workspaces"]).ok_or(complaint(
        "invalid_resource_id",
        "is not the id of a workspace",
        Some(
            "write /subscriptions/<id>/resourceGroups/<name>/providers/Microsoft.OperationalInsights/workspaces/<name>",
        ),
    ))
}

fn host_port(text: &str) -> Result<String, Complaint> {
    const HOST: Complaint =
        complaint("invalid_host", "is not a host", Some("write \"host\" or \"host:port\", without https://"));
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    if port.is_some_and(|port| port.parse::<u16>().is_err() || port == "0" || !port.bytes().all(|b| b.is_ascii_digit()))
    {
        return Err(HOST);
    }
    let host = idna::domain_to_ascii_strict(host).map_err(|_| HOST)?;
    Ok(port.map_or(host.clone(), |port| format!("{host}:{port}")))
}

fn mail_host(text: &str) -> Result<String, Complaint> {
    const HOST: Complaint = complaint("invalid_host", "is not the name of a mail server", None);
    if text.contains(':') {
        let hint = "write the name alone; its port is `port`";
        return Err(complaint("invalid_host", "is not the name of a mail server", Some(hint)));
    }
    idna::domain_to_ascii_strict(text).map_err(|_| HOST)
}

/// E.164: `+`, and 7 to 15 digits of which the first is not 0.
fn phone_number(text: &str) -> Result<String, Complaint> {
    let digits = text.strip_prefix('+').unwrap_or_default();
    if (7..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit())
    {
        return Ok(text.to_owned());
    }
    Err(complaint("invalid_phone_number", "is not a telephone number", Some("write it as in \"+4790000000\"")))
}

fn topic_arn(text: &str) -> Result<String, Complaint> {
    let parts: Vec<&str> = text.split(':').collect();
    let word = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let name = |part: &str| {
        let plain = part.strip_suffix(".fifo").unwrap_or(part);
        !plain.is_empty()
            && part.len() <= 256
            && plain.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    match parts.as_slice() {
        ["arn", partition, "sns", region, account, topic]
            if partition.starts_with("aws")
                && word(partition)
                && word(region)
                && account.len() == 12
                && account.bytes().all(|byte| byte.is_ascii_digit())
                && name(topic) =>
        {
            Ok(text.to_owned())
        }
        _ => Err(complaint(
            "invalid_arn",
            "is not the ARN of a topic",
            Some("write it as in \"arn:aws:sns:eu-north-1:123456789012:duty\""),
        )),
    }
}

/// The rule for names: they stand in paths, logs and the journal.
pub(super) fn name(text: &str) -> Result<String, Complaint> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    if text.is_empty() || text.len() > NAME_CHARS_MAX || !text.bytes().all(fits) {
        return Err(complaint("invalid_name", "is not a name: 1 to 64 of the characters a-z, 0-9, - and _", None));
    }
    Ok(text.to_owned())
}

fn pattern(text: &str) -> Result<String, Complaint> {
    match regex_lite::Regex::new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err(complaint("invalid_pattern", "is not a regular expression", None)),
    }
}

fn field_path(text: &str) -> Result<FieldSource, Complaint> {
    field_path::parse(text).ok_or(complaint(
        "invalid_field_path",
        "does not say where in the body to look",
        Some("write it as in \"issue.fields.customfield_10201\", \"ticket.customfields[name=CFEmail].value\" or \"= always this\""),
    ))
}

fn text(text: &str) -> Result<String, Complaint> {
    if text.trim().is_empty() {
        return Err(complaint("empty_text", "must not be empty", None));
    }
    if text.chars().count() > 256 || text.chars().any(char::is_control) {
        return Err(complaint("invalid_text", "must be one line of at most 256 characters", None));
    }
    Ok(text.to_owned())
}
