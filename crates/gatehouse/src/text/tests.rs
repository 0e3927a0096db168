use super::{entry, plan, wrap};
use access::config::Mode;
use access::ledger::{Commanded, Entry};
use access::plan::{Action, Cause, CustomerPlan, Held, Plan, Problem, Step, Target};
use expect_test::{Expect, expect};
use std::collections::BTreeMap;

const GROUP: &str = "bbbbbbbb-0000-4000-8000-000000000001";

fn step(action: Action, mail: &str) -> Step {
    let guest = (action != Action::InviteGuest).then(|| "eeeeeeee-0000-4000-8000-000000000001".parse().unwrap());
    let target = (action != Action::InviteGuest).then(|| Target::Group(GROUP.parse().unwrap()));
    Step {
        action,
        package: "second-line".into(),
        target,
        group: None,
        group_name: None,
        person: None,
        guest,
        mail: Some(mail.into()),
        name: None,
        cause: action.takes().then_some(Cause::Absent),
        why: "in the partner groups of second-line".into(),
    }
}

fn part(steps: Vec<Step>, held_steps: Vec<Step>, problems: Vec<Problem>) -> CustomerPlan {
    let text = "12 people would be removed in one plan, and the limit is 10. Look at the plan; to let exactly these steps \
                through: gatehouse sync --release DIGEST --by YOU.";
    let held = Held {
        rail: "removals_max".into(),
        package: "second-line".into(),
        count: 12,
        limit: Some(10),
        steps: 12,
        text: text.into(),
        cause: "cause:0011223344556677".into(),
        indices: (0..held_steps.len() as u32).collect(),
    };
    CustomerPlan {
        customer: "contoso".into(),
        tenant_id: "44444444-4444-4444-8444-444444444444".parse().unwrap(),
        mode: Mode::Enforce,
        digest: format!("sha256:{}", "7".repeat(64)),
        steps,
        held: if held_steps.is_empty() { Vec::new() } else { vec![held] },
        held_steps,
        problems,
        unchanged: 97,
    }
}

fn people(action: Action, count: usize) -> Vec<Step> {
    (1..=count).map(|number| step(action, &format!("p{number}@northwind.example"))).collect()
}

fn check(part: CustomerPlan, expected: &Expect) {
    expected.assert_eq(&plan(&Plan::new(vec![part])));
}

#[test]
fn a_plan_with_nothing_to_do_says_what_was_compared() {
    check(
        part(Vec::new(), Vec::new(), Vec::new()),
        &expect!["plan: nothing to do; compared 1 customer, and 97 memberships are as they should be\n"],
    );
}

#[test]
fn people_who_gain_the_same_share_a_line_and_many_are_counted() {
    let steps = [people(Action::InviteGuest, 9), people(Action::AddMember, 9)].concat();
    check(
        part(steps, Vec::new(), Vec::new()),
        &expect![[r#"
            contoso  (enforce)
              + invite 9 people (second-line): in the partner groups of second-line
                  p1@northwind.example, p2@northwind.example, p3@northwind.example, p4@northwind.example,
                  p5@northwind.example, p6@northwind.example, p7@northwind.example and 2 more
              + add 9 people to group bbbbbbbb-0000-4000-8000-000000000001 (second-line): in the partner groups
                of second-line
                  the same people

            plan: 9 to invite, 9 to add; compared 1 customer, and 97 memberships are as they should be
        "#]],
    );
}

#[test]
fn what_takes_away_is_listed_in_full_and_a_hold_ends_with_the_command_that_lets_it_through() {
    check(
        part(people(Action::RemoveMember, 1), people(Action::RemoveMember, 12), Vec::new()),
        &expect![[r#"
            contoso  (enforce)
              - remove p1@northwind.example from group bbbbbbbb-0000-4000-8000-000000000001 (second-line): in
                the partner groups of second-line
              ! held by removals_max (second-line): 12 people would be removed in one plan, and the limit is 10.
                - remove 12 people from group bbbbbbbb-0000-4000-8000-000000000001 (second-line): in the partner
                  groups of second-line
                    p1@northwind.example, p2@northwind.example, p3@northwind.example, p4@northwind.example,
                    p5@northwind.example, p6@northwind.example, p7@northwind.example, p8@northwind.example,
                    p9@northwind.example, p10@northwind.example, p11@northwind.example, p12@northwind.example
                Look at them; to let exactly these steps through:
                  gatehouse sync --release sha256:7777777777777777777777777777777777777777777777777777777777777777 --by YOU

            plan: 1 to take away, 12 held; compared 1 customer, and 97 memberships are as they should be
        "#]],
    );
}

#[test]
fn problems_of_one_kind_do_not_hide_others() {
    let problem = |code: &str, number: usize| Problem {
        code: code.into(),
        package: Some("second-line".into()),
        object: None,
        text: format!("number {number}"),
    };
    let mut problems: Vec<Problem> = (1..=6).map(|number| problem("stranger", number)).collect();
    problems.push(problem("target_gone", 1));
    check(
        part(Vec::new(), Vec::new(), problems),
        &expect![[r#"
            contoso  (enforce)
              ? stranger (second-line): number 1
              ? stranger (second-line): number 2
              ? stranger (second-line): number 3
              ? stranger (second-line): number 4
                and 2 more of this kind (--format json lists them)
              ? target_gone (second-line): number 1

            plan: nothing to do, 7 problems; compared 1 customer, and 97 memberships are as they should be
        "#]],
    );
}

#[test]
fn lines_are_broken_at_spaces_and_long_words_never() {
    let digest = format!("sha256:{}", "7".repeat(120));
    assert_eq!(wrap("  ! ", &format!("held: {digest} now")), format!("  ! held:\n    {digest}\n    now\n"));
}

#[test]
fn one_cause_in_many_customers_is_told_once_and_beside_other_holds_everything_is() {
    let contoso = part(Vec::new(), people(Action::RemoveMember, 2), Vec::new());
    let fabrikam = CustomerPlan { customer: "fabrikam".into(), ..contoso.clone() };
    let mut adatum = CustomerPlan { customer: "adatum".into(), ..contoso.clone() };
    adatum.held_steps.extend(people(Action::AddMember, 1));
    let text = "3 people would be added in one plan, and the limit is 2. Look at the plan; to let exactly these steps \
                through: gatehouse sync --release DIGEST --by YOU. Refused by lea.";
    adatum.held.push(Held {
        rail: "additions_max".into(),
        text: text.into(),
        cause: "cause:8899aabbccddeeff".into(),
        indices: vec![2],
        ..adatum.held[0].clone()
    });
    expect![[r#"
        cause:0011223344556677  3 customers, 1 person, 3 steps held by removals_max
          ! 12 people would be removed in one plan, and the limit is 10.
            adatum, contoso, fabrikam
            Look at the steps (--format json lists them); to let exactly these through everywhere:
              gatehouse sync --release cause:0011223344556677 --confirm 1 --by YOU

        adatum  (enforce)
          ! held by removals_max (second-line): 12 people would be removed in one plan, and the limit is 10.
          ! held by additions_max (second-line): 3 people would be added in one plan, and the limit is 2.
            Refused by lea.
            - remove 2 people from group bbbbbbbb-0000-4000-8000-000000000001 (second-line): in the partner
              groups of second-line
                p1@northwind.example, p2@northwind.example
            + add p1@northwind.example to group bbbbbbbb-0000-4000-8000-000000000001 (second-line): in the
              partner groups of second-line
            Look at them; to let exactly these steps through:
              gatehouse sync --release sha256:7777777777777777777777777777777777777777777777777777777777777777 --by YOU

        plan: nothing to do, 7 held; compared 3 customers, and 291 memberships are as they should be
    "#]]
    .assert_eq(&plan(&Plan::new(vec![contoso, fabrikam, adatum])));
}

#[test]
fn the_command_stands_below_the_steps_that_it_lets_through() {
    let mut held = part(Vec::new(), people(Action::RemoveMember, 3), Vec::new());
    let text = "1 step waits: paused by lea until noon.";
    held.held[0].indices = vec![0, 2];
    held.held.insert(
        0,
        Held {
            rail: "paused".into(),
            text: text.into(),
            cause: String::new(),
            indices: vec![1],
            ..held.held[0].clone()
        },
    );
    check(
        held,
        &expect![[r#"
            contoso  (enforce)
              ! held by paused (second-line): 1 step waits: paused by lea until noon.
              ! held by removals_max (second-line): 12 people would be removed in one plan, and the limit is 10.
                Nobody can let these through:
                - remove p2@northwind.example from group bbbbbbbb-0000-4000-8000-000000000001 (second-line): in
                  the partner groups of second-line
                These can be let through:
                - remove 2 people from group bbbbbbbb-0000-4000-8000-000000000001 (second-line): in the partner
                  groups of second-line
                    p1@northwind.example, p3@northwind.example
                Look at them; to let exactly these steps through:
                  gatehouse sync --release sha256:7777777777777777777777777777777777777777777777777777777777777777 --by YOU

            plan: nothing to do, 3 held; compared 1 customer, and 97 memberships are as they should be
        "#]],
    );
}

#[test]
fn nothing_in_a_reason_moves_the_cursor_or_begins_another_line() {
    let told = Commanded {
        command: "undo r1".into(),
        by: "lead@northwind.example".into(),
        reason: "gone\u{1b}[2J\r\n0001 all is well".into(),
        at: "2026-03-02T09:15:00Z".parse().unwrap(),
    };
    let line = entry(&Entry::Commanded(told), &mut BTreeMap::new());
    assert_eq!(line, "undo r1 by lead@northwind.example: gone [2J  0001 all is well");
}
