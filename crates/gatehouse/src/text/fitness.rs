//! What an audit of break-glass accounts found: per customer, what fails, what is not known, and the rest in short.

use super::words::visible;
use super::{count, wrap};
use access::fitness::{Finding, Report, Verdict};

/// The indent of what belongs to a finding.
const UNDER: &str = "              ";

/// The findings of these customers.
pub fn fitness(reports: &[Report]) -> String {
    let mut text: Vec<String> = reports.iter().map(of_one).collect();
    if reports.len() > 1 {
        text.push(together(reports));
    }
    text.join("\n")
}

fn of_one(report: &Report) -> String {
    let mut text = wrap("", &format!("{}: {}", report.customer, summary(report)));
    for verdict in [Verdict::Fail, Verdict::Unknown] {
        let mut found = with(report, verdict);
        found.sort_by_key(|finding| (finding.severity, finding.number));
        found.into_iter().for_each(|finding| text.push_str(&row(finding)));
    }
    for (verdict, word) in [(Verdict::Pass, "pass"), (Verdict::NotApplicable, "not asked")] {
        let found = with(report, verdict);
        let names: Vec<String> = found.iter().map(|finding| format!("{} {}", finding.number, finding.check)).collect();
        if !names.is_empty() {
            text.push_str(&wrap(&format!("  {word:<9} "), &names.join(", ")));
        }
    }
    text
}

fn with(report: &Report, verdict: Verdict) -> Vec<&Finding> {
    report.findings.iter().filter(|finding| finding.verdict == verdict).collect()
}

/// `2 checks fail, 1 is unknown, 24 pass`.
fn summary(report: &Report) -> String {
    let of = |verdict| with(report, verdict).len();
    let words = [
        (of(Verdict::Fail), "check fails", "checks fail"),
        (of(Verdict::Unknown), "is unknown", "are unknown"),
        (of(Verdict::Pass), "passes", "pass"),
    ];
    let said = words.iter().filter(|(number, ..)| *number > 0).map(|(number, one, many)| count(*number, one, many));
    said.collect::<Vec<_>>().join(", ")
}

fn row(finding: &Finding) -> String {
    let (word, then) = match finding.verdict {
        Verdict::Fail => ("FAIL", "do: "),
        _ => ("unknown", "to know: "),
    };
    let head = format!("  {word:<9}{:>2} ", finding.number);
    let mut text = wrap(&head, &format!("{} ({})", finding.title, finding.severity));
    for reason in &finding.reasons {
        text.push_str(&wrap(&format!("{UNDER}- "), &visible(reason)));
    }
    if let Some(todo) = &finding.todo {
        text.push_str(&wrap(&format!("{UNDER}{then}"), todo));
    }
    text
}

/// How all customers fared, in a line.
fn together(reports: &[Report]) -> String {
    let of = |verdict| reports.iter().filter(|report| report.verdict() == verdict).count();
    let words = [
        (of(Verdict::Fail), "fails", "fail"),
        (of(Verdict::Unknown), "is not known whole", "are not known whole"),
        (of(Verdict::Pass), "passes", "pass"),
    ];
    let said = words.iter().filter(|(number, ..)| *number > 0).map(|(number, one, many)| count(*number, one, many));
    wrap("", &format!("{} customers: {}", reports.len(), said.collect::<Vec<_>>().join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use access::fitness::Cause;
    use access::incidents::Severity;
    use expect_test::expect;

    fn finding(number: u8, verdict: Verdict, severity: Severity, reasons: &[&str]) -> Finding {
        let check = access::fitness::CHECKS.iter().find(|check| check.number == number).unwrap();
        let todo = match verdict {
            Verdict::Fail => Some(check.remedy.to_owned()),
            Verdict::Unknown => Some("give the app the permission or role that is named".to_owned()),
            _ => None,
        };
        let causes = if verdict == Verdict::Unknown { [Cause::Forbidden].into() } else { [].into() };
        let reasons = reasons.iter().map(|reason| (*reason).to_owned()).collect();
        Finding { number, check: check.name, title: check.title, verdict, severity, reasons, todo, causes }
    }

    fn report(customer: &str, findings: Vec<Finding>) -> Report {
        Report { customer: customer.into(), at: "2026-11-02T09:00:00Z".parse().unwrap(), findings }
    }

    #[test]
    fn what_fails_comes_first_and_the_worst_of_it_before_all() {
        let contoso = report(
            "contoso",
            vec![
                finding(1, Verdict::Pass, Severity::Critical, &["2 accounts are there"]),
                finding(2, Verdict::Pass, Severity::Critical, &[]),
                finding(4, Verdict::Fail, Severity::Warning, &["bg1@contoso.example is named in contoso.example"]),
                finding(6, Verdict::NotApplicable, Severity::High, &["without Entra ID P2 nobody is eligible"]),
                finding(
                    7,
                    Verdict::Fail,
                    Severity::Critical,
                    &[
                        "bg1@contoso.example has a password alone: since multifactor authentication is mandatory it is locked \
                       out of the portals",
                    ],
                ),
                finding(12, Verdict::Unknown, Severity::High, &["refused (403) \u{1b}[2J"]),
            ],
        );
        let fabrikam = report("fabrikam", vec![finding(1, Verdict::Pass, Severity::Critical, &[])]);
        expect![[r#"
            contoso: 2 checks fail, 1 is unknown, 2 pass
              FAIL      7 a phishing-resistant method is registered (critical)
                          - bg1@contoso.example has a password alone: since multifactor authentication is
                            mandatory it is locked out of the portals
                          do: register a passkey (FIDO2 security key) or a certificate for the account
              FAIL      4 the accounts are named in the tenant's own onmicrosoft.com domain (warning)
                          - bg1@contoso.example is named in contoso.example
                          do: rename the account to the tenant's onmicrosoft.com domain, and tell
                              break_glass.accounts and the alert rules the new name
              unknown  12 every other Conditional Access policy leaves an account out (high)
                          - refused (403) �[2J
                          to know: give the app the permission or role that is named
              pass      1 count, 2 enabled_member
              not asked 6 not_only_eligible

            fabrikam: 1 passes
              pass      1 count

            2 customers: 1 fails, 1 passes
        "#]]
        .assert_eq(&fitness(&[contoso, fabrikam]));
    }
}
