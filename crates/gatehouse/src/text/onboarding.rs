//! How far customers are in coming in, what is missing, and what to do about it.

use super::words::{table, visible, wrap};
use access::onboarding::{Finding, Needed, Onboarding, Verdict};
use jiff::Timestamp;

/// The indent of what belongs to a finding.
const UNDER: &str = "              ";

/// What is shown of one customer.
#[derive(Debug, Clone, Copy)]
pub struct Customer<'a> {
    /// What is kept.
    pub record: &'a Onboarding,
    /// What the configuration needs, and whether it was given.
    pub permissions: &'a [(Needed, Option<bool>)],
    /// A link that was just made, and until when its call-back is taken.
    pub link: Option<(&'a str, Timestamp)>,
}

/// One customer in full.
pub fn onboarding(shown: &Customer<'_>) -> String {
    let record = shown.record;
    let mut text = wrap("", &format!("{}: {}", record.customer, record.stage));
    text.push_str(&wrap("  ", record.stage.words()));
    let mut tell = |name: &str, value: String| text.push_str(&wrap(&format!("  {name:<11}"), &visible(&value)));
    tell("tenant", record.tenant_id.to_string());
    if let Some(verified) = &record.verified {
        let name = verified.name.as_ref().map_or_else(String::new, |name| format!(", \"{name}\""));
        tell("verified", format!("{}{name}", minute(verified.at)));
    }
    if let Some(domain) = &record.domain {
        tell("domain", domain.clone());
    }
    if let Some(confirmed) = &record.confirmed {
        tell("confirmed", format!("{}, by {}: {}", minute(confirmed.at), confirmed.by, confirmed.how));
    }
    if let Some(first) = record.history.first() {
        let by = first.by.as_deref().map_or_else(String::new, |by| format!(", by {by}"));
        tell("begun", format!("{}{by}", minute(first.at)));
    }
    if let Some(refused) = record.last_refusal().filter(|_| record.verified.is_none()) {
        tell("refused", format!("{}: {}", minute(refused.at), refused.note.as_deref().unwrap_or_default()));
    }
    if let Some(look) = &record.look {
        text.push_str("\nprobes\n");
        look.findings.iter().for_each(|finding| text.push_str(&row(finding)));
    }
    if shown.link.is_some() || shown.permissions.iter().any(|(_, given)| *given != Some(true)) {
        text.push_str("\nwhat the app asks for, and which keys need it\n");
        shown.permissions.iter().for_each(|one| text.push_str(&permission(one)));
    }
    if let Some((url, until)) = shown.link {
        text.push_str(&link(url, until));
    }
    text
}

/// A link for an administrator of the customer.
pub fn link(url: &str, until: Timestamp) -> String {
    let words = format!(
        "for a Privileged Role Administrator or Global Administrator of the customer. It is a secret, good once; the way back \
         is taken until {}, and a consent counts whenever it is given",
        minute(until)
    );
    format!("\nlink\n{}  {url}\n", wrap("  ", &words))
}

/// All customers, a line each.
pub fn onboardings(all: &[(String, Option<Onboarding>)]) -> String {
    let cells = |(name, record): &(String, Option<Onboarding>)| match record {
        None => [name.clone(), "invited".into(), "never looked at".into(), "-".into()],
        Some(record) => {
            let looked = record.look.as_ref().map_or_else(|| "never looked at".to_owned(), |look| minute(look.at));
            [name.clone(), record.stage.to_string(), looked, missing(record)]
        }
    };
    let rows: Vec<_> = all.iter().map(cells).collect();
    let (head, lines) = table(["customer", "stage", "last look", "what is missing"], &rows);
    head + &lines.concat()
}

fn missing(record: &Onboarding) -> String {
    let findings = record.look.iter().flat_map(|look| &look.findings).filter(|one| one.needed);
    let bad = findings.filter(|one| matches!(one.verdict, Verdict::Missing | Verdict::Unknown));
    let mut names: Vec<String> =
        bad.map(|one| format!("{}{}", one.probe, if one.verdict == Verdict::Unknown { "?" } else { "" })).collect();
    if record.confirmed.is_none() {
        names.push("confirmation".into());
    }
    if names.is_empty() { "-".into() } else { names.join(", ") }
}

fn row(finding: &Finding) -> String {
    let word = match (finding.verdict, finding.needed) {
        (Verdict::Missing, true) => "MISSING",
        (verdict, _) => verdict.name(),
    };
    let advice = if finding.needed || finding.verdict == Verdict::Ok { "" } else { " (advised)" };
    let mut text = wrap(&format!("  {word:<9}{:>2} ", finding.number), &format!("{}{advice}", finding.title));
    for reason in &finding.reasons {
        text.push_str(&wrap(&format!("{UNDER}- "), &visible(reason)));
    }
    if let Some(fix) = &finding.fix {
        text.push_str(&wrap(&format!("{UNDER}do: "), &visible(fix)));
    }
    text
}

fn permission((needed, given): &(Needed, Option<bool>)) -> String {
    let word = match given {
        Some(true) => "given",
        Some(false) if needed.optional => "not given",
        Some(false) => "MISSING",
        None => "?",
    };
    let optional = if needed.optional { " (optional)" } else { "" };
    wrap(&format!("  {word:<10}{:<41}", needed.name), &format!("{}{optional}", needed.why))
}

fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use access::onboarding::{Confirmed, Event, Look, Stage, Verified, What};
    use expect_test::expect;
    use uuid::Uuid;

    fn nine() -> Timestamp {
        "2026-11-02T09:00:00Z".parse().unwrap()
    }

    fn finding(number: u8, probe: &str, verdict: Verdict, reasons: &[&str], fix: Option<&str>) -> Finding {
        let title = access::onboarding::PROBES.iter().find(|one| one.name == probe).unwrap().title.to_owned();
        let reasons = reasons.iter().map(|reason| (*reason).to_owned()).collect();
        let (probe, fix, needed) = (probe.to_owned(), fix.map(str::to_owned), probe != "cross_tenant");
        Finding { number, probe, title, verdict, needed, reasons, fix }
    }

    fn record() -> Onboarding {
        let tenant = "44444444-4444-4444-8444-444444444444".parse().unwrap();
        let mut record = Onboarding::new("contoso", tenant);
        record.stage = Stage::Verified;
        record.verified = Some(Verified { at: nine(), name: Some("Contoso Ltd \u{1b}[2J".into()) });
        record.domain = Some("contoso.example".into());
        let by = Some("ola@northwind.example".to_owned());
        record.history = vec![Event { at: nine(), what: What::LinkMade, by, note: None }];
        let findings = vec![
            finding(1, "token", Verdict::Ok, &["there is one"], None),
            finding(
                2,
                "permissions",
                Verdict::Missing,
                &["6 of 7 are given", "missing: User.Invite.All (`domains`: inviting)"],
                Some(
                    "add what is missing to the app registration, and have an administrator of the customer consent again",
                ),
            ),
            finding(
                6,
                "sign_ins",
                Verdict::Licence,
                &["the tenant has no Entra ID P1"],
                Some("nothing has to be done"),
            ),
            finding(8, "cross_tenant", Verdict::Missing, &["there are none"], Some("add the partner's tenant")),
            finding(9, "groups", Verdict::Unknown, &["group 6666 could not be read: 429"], Some("look again")),
        ];
        record.look = Some(Look { at: nine(), findings });
        record
    }

    fn needed(name: &'static str, why: &str, optional: bool) -> Needed {
        Needed { name, app_role: Uuid::nil(), why: why.into(), graph: true, optional }
    }

    #[test]
    fn what_is_missing_stands_with_what_to_do_about_it() {
        let record = record();
        let permissions = vec![
            (needed("User.Invite.All", "`domains`: inviting", false), Some(false)),
            (needed("User.Read.All", "`packages`: who is a guest already, those in the bin too", false), Some(true)),
            (needed("User.RevokeSessions.All", "`gatehouse leave`: ending sessions", true), Some(false)),
            (needed("Policy.Read.All", "`groups`", false), None),
        ];
        let url = "https://login.example/4444/v2.0/adminconsent?client_id=2222&state=s";
        let shown = Customer { record: &record, permissions: &permissions, link: Some((url, nine())) };
        expect![[r#"
            contoso: verified
              it is the customer's tenant; something that the configuration needs is missing or not known
              tenant     44444444-4444-4444-8444-444444444444
              verified   2026-11-02 09:00 UTC, "Contoso Ltd �[2J"
              domain     contoso.example
              begun      2026-11-02 09:00 UTC, by ola@northwind.example

            probes
              ok        1 Microsoft lets the app into the tenant
                          - there is one
              MISSING   2 the app was given every permission that the configuration needs
                          - 6 of 7 are given
                          - missing: User.Invite.All (`domains`: inviting)
                          do: add what is missing to the app registration, and have an administrator of the
                              customer consent again
              licence   6 sign-ins are shown
                          - the tenant has no Entra ID P1
                          do: nothing has to be done
              missing   8 the tenant has cross-tenant access settings for the partner's tenant (advised)
                          - there are none
                          do: add the partner's tenant
              unknown   9 the target groups are ordinary, of the cloud, and assigned
                          - group 6666 could not be read: 429
                          do: look again

            what the app asks for, and which keys need it
              MISSING   User.Invite.All                          `domains`: inviting
              given     User.Read.All                            `packages`: who is a guest already, those in
                                                                 the bin too
              not given User.RevokeSessions.All                  `gatehouse leave`: ending sessions (optional)
              ?         Policy.Read.All                          `groups`

            link
              for a Privileged Role Administrator or Global Administrator of the customer. It is a secret, good
              once; the way back is taken until 2026-11-02 09:00 UTC, and a consent counts whenever it is given
              https://login.example/4444/v2.0/adminconsent?client_id=2222&state=s
        "#]]
        .assert_eq(&onboarding(&shown));
    }

    #[test]
    fn who_is_ready_is_told_in_short_and_by_whose_word() {
        let mut record = record();
        record.stage = Stage::Ready;
        let how = "called +47 22 00 00 00 of the contract".to_owned();
        record.confirmed = Some(Confirmed { at: nine(), by: "Ola Berg".into(), how, told_by: None });
        record.look = None;
        let permissions = vec![(needed("User.Read.All", "`packages`", false), Some(true))];
        expect![[r#"
            contoso: ready
              everything is there, and a person has confirmed it
              tenant     44444444-4444-4444-8444-444444444444
              verified   2026-11-02 09:00 UTC, "Contoso Ltd �[2J"
              domain     contoso.example
              confirmed  2026-11-02 09:00 UTC, by Ola Berg: called +47 22 00 00 00 of the contract
              begun      2026-11-02 09:00 UTC, by ola@northwind.example
        "#]]
        .assert_eq(&onboarding(&Customer { record: &record, permissions: &permissions, link: None }));
    }

    #[test]
    fn all_customers_are_listed_with_what_each_lacks() {
        let mut done = record();
        done.stage = Stage::Ready;
        done.look.as_mut().unwrap().findings.truncate(1);
        done.confirmed = Some(Confirmed { at: nine(), by: "Ola".into(), how: "called".into(), told_by: None });
        let all = [("adatum".to_owned(), None), ("contoso".into(), Some(record())), ("fabrikam".into(), Some(done))];
        expect![[r#"
            customer  stage     last look             what is missing
            adatum    invited   never looked at       -
            contoso   verified  2026-11-02 09:00 UTC  permissions, groups?, confirmation
            fabrikam  ready     2026-11-02 09:00 UTC  -
        "#]]
        .assert_eq(&onboardings(&all));
    }
}
