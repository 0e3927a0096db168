use super::policy::InvitationPolicy;
use std::time::Duration;

#[test]
fn a_dozen_quick_invitations_make_a_tenant_suspicious() {
    let mut policy = InvitationPolicy { suspicious_after: Some(3), ..InvitationPolicy::default() };
    for second in [0, 30] {
        policy.count(Duration::from_secs(second));
    }
    assert!(!policy.suspicious);
    policy.count(Duration::from_secs(60));
    assert!(policy.suspicious);
}

#[test]
fn invitations_of_yesterday_do_not_count() {
    let mut policy = InvitationPolicy::default();
    let day = Duration::from_secs(24 * 3600);
    policy.count(Duration::ZERO);
    assert_eq!(policy.sent_within(day - Duration::from_secs(1), day), 1);
    assert_eq!(policy.sent_within(day, day), 0);
}
