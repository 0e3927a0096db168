//! `gatehouse audit break-glass`.

use super::{Ended, Terminal};
use cloud_sim::{Fault, What, When};
use serde_json::Value;

const ACCOUNTS: &str = r#"
[break_glass]
accounts = [
  { id = "b1ea0001-1111-4a7b-8c2d-000000000001", upn = "bg1@fabrikam.onmicrosoft.com" },
  { id = "b1ea0001-1111-4a7b-8c2d-000000000002", upn = "bg2@fabrikam.onmicrosoft.com" },
]
"#;

impl Terminal {
    /// Declares two accounts that are not in Fabrikam's tenant.
    fn declare(&self) {
        let path = self.home.folder.join("customers/fabrikam.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, text + ACCOUNTS).unwrap();
    }
}

/// The customers of an answer, with the verdict of each.
fn verdicts(ended: &Ended) -> Vec<(String, String)> {
    let answer: Value = serde_json::from_str(&ended.out).unwrap();
    let customers = answer["customers"].as_array().unwrap().iter();
    let text = |customer: &Value, name: &str| customer[name].as_str().unwrap().to_owned();
    customers.map(|customer| (text(customer, "customer"), text(customer, "verdict"))).collect()
}

#[tokio::test(start_paused = true)]
async fn whoever_is_shut_out_knows_nothing_but_what_our_own_record_shows() {
    let terminal = Terminal::new();
    let ended = terminal.check("audit break-glass fabrikam", 1).await;
    assert!(ended.out.contains("FAIL      1 two accounts or more"), "{}", ended.out);
    terminal.declare();
    let ended = terminal.check("audit break-glass fabrikam", 1).await;
    assert!(ended.out.contains("bg1@fabrikam.onmicrosoft.com (b1ea0001"), "{}", ended.out);
    // Whoever is shut out cannot say that anything is wrong, nor that anything is right.
    let shut = Fault::new("POST /*/oauth2/v2.0/token", When::Every, What::SignIn(700016));
    terminal.home.world.sim.fault(shut);
    let ended = terminal.check("audit break-glass fabrikam", 1).await;
    assert!(ended.out.contains("1 check fails, 26 are unknown"), "our own record shows no drill: {}", ended.out);
    let refused = terminal.check("audit break-glass nobody", 1).await;
    assert!(refused.err.contains("nobody") && refused.out.is_empty(), "{}", refused.err);
}

#[tokio::test(start_paused = true)]
async fn one_customer_that_cannot_be_read_does_not_hide_the_others() {
    let terminal = Terminal::new();
    let tenant: uuid::Uuid = "44444444-4444-4444-8444-444444444444".parse().unwrap();
    let shut = Fault::new("POST /*/oauth2/v2.0/token", When::Every, What::SignIn(700016)).in_tenant(tenant);
    terminal.home.world.sim.fault(shut);
    let ended = terminal.check("audit break-glass contoso fabrikam --format json", 1).await;
    let wanted = [("contoso", "fail"), ("fabrikam", "fail")];
    assert_eq!(verdicts(&ended), wanted.map(|(name, verdict)| (name.to_owned(), verdict.to_owned())));
    let answer: Value = serde_json::from_str(&ended.out).unwrap();
    let first = &answer["customers"][0]["findings"][0];
    assert_eq!(
        (&first["number"], &first["verdict"], &first["causes"][0]),
        (&1.into(), &"unknown".into(), &"forbidden".into())
    );
    assert_eq!(answer["customers"][1]["findings"].as_array().map(Vec::len), Some(27));
}

#[tokio::test(start_paused = true)]
async fn the_help_says_what_the_exit_status_means() {
    let terminal = Terminal::new();
    for line in ["audit --help", "audit break-glass --help"] {
        let help = terminal.check(line, 0).await;
        assert!(help.err.is_empty() && help.out.lines().all(|line| line.chars().count() <= 110), "{}", help.out);
    }
    assert!(terminal.check("audit break-glass --help", 0).await.out.contains("Exit status: 0 everything passes"));
    terminal.check("audit", 1).await;
}
