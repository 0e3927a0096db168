//! `gatehouse onboard`.

use super::{Ended, Terminal};
use access::onboarding::query_of;
use access::permissions::needed_by_customer;
use bytes::Bytes;
use cloud_sim::{Administrator, TenantHandle};
use engine::Engine;
use engine::onboarding::{Landed, PAGE_PATIENCE};
use http::Request;
use outside::Transport;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

const APP: Uuid = Uuid::from_u128(0x22222222_2222_4222_8222_222222222222);
const REDIRECT: &str = "https://gatehouse.example/api/v1/consent";

impl Terminal {
    /// A. Datum before it consents, with a registration that lists what its configuration needs.
    fn adatum(&self) -> TenantHandle {
        self.says_redirect(REDIRECT);
        let config = self.home.place().load().unwrap().config.unwrap();
        let customer = config.customers.iter().find(|customer| customer.name == "adatum").unwrap();
        let names: Vec<_> = needed_by_customer(&config, customer).into_iter().map(|one| one.name).collect();
        let sim = &self.home.world.sim;
        sim.app(APP).redirect(REDIRECT).requires(&names);
        let adatum = sim.tenant(customer.tenant_id.0, "adatum.onmicrosoft.com");
        adatum.withdraw_consent(APP);
        adatum.verify_domain("adatum.example");
        adatum
    }

    fn says_redirect(&self, redirect: &str) {
        let path = self.home.folder.join("gatehouse.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, format!("{text}\n[onboarding]\nredirect = \"{redirect}\"\n")).unwrap();
    }

    /// What an administrator's browser shows after the consent page.
    async fn browse(&self, link: &str) -> String {
        let request = Request::get(link).body(Bytes::new()).unwrap();
        let answer = self.home.world.sim.send(request, Duration::from_secs(9)).await.unwrap();
        assert_eq!(answer.status(), 302, "{answer:?}");
        answer.headers()["location"].to_str().unwrap().to_owned()
    }

    /// The program as the host runs it, on the same store.
    fn deployed(&self) -> Engine {
        let place = self.home.place();
        let config = place.load().unwrap().config.unwrap();
        place.engine(Arc::new(config)).unwrap()
    }
}

/// The link that was printed.
fn link(ended: &Ended) -> &str {
    let found = ended.out.split_whitespace().find(|word| word.contains("/v2.0/adminconsent?"));
    found.unwrap_or_else(|| panic!("no link: {}", ended.out))
}

#[tokio::test(start_paused = true)]
async fn a_customer_comes_in_from_the_command_line_alone() {
    let terminal = Terminal::new();
    let adatum = terminal.adatum();
    let invited = terminal.check("onboard adatum --domain adatum.example --by ola@northwind.example", 2).await;
    assert!(invited.out.starts_with("adatum: consent_pending\n"), "{}", invited.out);
    let url = link(&invited);
    let wanted = format!(
        "https://login.sim.example/{}/v2.0/adminconsent?client_id={APP}&scope=https%3A%2F%2Fgraph.sim.example%2F.default\
         &redirect_uri=https%3A%2F%2Fgatehouse.example%2Fapi%2Fv1%2Fconsent&state=",
        adatum.id()
    );
    let state = url.strip_prefix(&wanted).unwrap_or_else(|| panic!("{url}"));
    assert_eq!(state.len(), 43, "32 bytes in base64url");
    assert!(invited.out.contains("User.Invite.All"), "what is asked for: {}", invited.out);

    let address = terminal.browse(url).await;
    let landed = terminal.check(&format!("onboard adatum --callback {address}"), 2).await;
    assert!(landed.out.starts_with("adatum: configured\n"), "{}", landed.out);
    assert!(
        landed.out.contains("some administrator") && landed.err.contains("the call-back was taken"),
        "{}",
        landed.out
    );
    let again = terminal.check(&format!("onboard adatum --callback {address}"), 1).await;
    assert!(again.err.contains("each is good once"), "{}", again.err);

    let ready = terminal.check("onboard adatum --confirmed-by Ola --how telephone --by kim@northwind.example", 0).await;
    assert!(ready.out.starts_with("adatum: ready\n"), "{}", ready.out);
    assert!(ready.out.contains("by Ola: telephone") && ready.out.contains("by ola@northwind.example"), "{}", ready.out);
    let list = terminal.check("onboard", 0).await;
    assert!(list.out.lines().any(|line| line.starts_with("adatum") && line.contains("ready")), "{}", list.out);
    let list: Value = serde_json::from_str(&terminal.check("onboard --format json", 0).await.out).unwrap();
    assert_eq!(list["customers"][0]["stage"], "ready");

    adatum.consent(APP, &["Organization.Read.All"]);
    let degraded = terminal.check("onboard adatum", 1).await;
    assert!(degraded.out.starts_with("adatum: degraded\n") && degraded.out.contains("missing: "), "{}", degraded.out);
    link(&degraded);
}

#[tokio::test(start_paused = true)]
async fn programs_read_what_people_read() {
    let terminal = Terminal::new();
    terminal.adatum();
    let ended = terminal.check("onboard adatum --format json --by ola@northwind.example", 2).await;
    let answer: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!((&answer["stage"], &answer["findings"][0]["verdict"]), (&"consent_pending".into(), &"missing".into()));
    assert!(answer["link"]["url"].as_str().unwrap().contains("&state="), "{answer}");
    assert!(answer["permissions"].as_array().unwrap().iter().all(|one| one["granted"] != true), "{answer}");
    let only = terminal.check("onboard adatum --link-only", 2).await;
    assert!(only.out.starts_with("https://") && only.out.lines().count() == 1, "{}", only.out);
}

#[tokio::test(start_paused = true)]
async fn waiting_ends_when_somebody_has_come_back_or_said_no_or_nobody_came() {
    let terminal = Terminal::new();
    let adatum = terminal.adatum();
    let sim = &terminal.home.world.sim;
    sim.configure(|options| options.consent_delay = Duration::from_secs(45));
    let host = terminal.deployed();
    let admin = async |does: Administrator| {
        let link = terminal.check("onboard adatum --link-only", 2).await;
        adatum.administrator(does);
        terminal.doors.clock.sleep(Duration::from_secs(20)).await;
        let address = terminal.browse(link.out.trim()).await;
        host.consent_call_back(query_of(&address).unwrap(), PAGE_PATIENCE).await.unwrap()
    };
    let nobody = terminal.check("onboard adatum --wait", 2).await;
    assert!(
        nobody.out.starts_with("adatum: invited\n") && nobody.err.contains("/v2.0/adminconsent?"),
        "{}",
        nobody.out
    );

    let (declined, landed) = tokio::join!(terminal.check("onboard adatum --wait", 2), admin(Administrator::Declines));
    assert!(matches!(landed, Landed::Refused { .. }), "{landed:?}");
    assert!(declined.out.contains("the administrator declined"), "{}", declined.out);

    let (accepted, landed) = tokio::join!(terminal.check("onboard adatum --wait", 2), admin(Administrator::Accepts));
    assert!(matches!(landed, Landed::Consented { .. }), "{landed:?}");
    assert!(accepted.out.starts_with("adatum: configured\n"), "it waits for a consent to spread: {}", accepted.out);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_done_is_said_with_what_to_do() {
    let terminal = Terminal::new();
    terminal
        .home
        .world
        .sim
        .tenant("77777777-7777-4777-8777-777777777777".parse().unwrap(), "adatum.onmicrosoft.com")
        .withdraw_consent(APP);
    let nowhere = terminal.check("onboard adatum", 1).await;
    assert!(
        nowhere.err.contains("[onboarding] redirect") && nowhere.err.contains("no link was made"),
        "{}",
        nowhere.err
    );
    terminal.adatum();
    let refused = async |line: &str, words: &str| {
        let ended = terminal.check(line, 1).await;
        assert!(ended.err.contains(words), "{line}: {}", ended.err);
    };
    refused("onboard nobody", "nobody").await;
    refused("onboard adatum --domain nonsense", "is not the name of a domain").await;
    refused("onboard adatum --callback https://localhost/consent", "no address that the consent page leads to").await;
    refused("onboard adatum --callback https://localhost/consent?state=x", "no link of ours").await;
    refused("onboard adatum --confirmed-by Ola --how telephone", "there is nothing to confirm yet").await;
    refused("onboard adatum --confirmed-by Ola", "--how").await;
    refused("onboard --wait", "CUSTOMER").await;
}

#[tokio::test(start_paused = true)]
async fn the_help_says_what_the_exit_status_means() {
    let help = Terminal::new().check("onboard --help", 0).await;
    assert!(help.out.contains("Exit status: 0 ready, 2 waiting"), "{}", help.out);
    assert!(help.out.lines().all(|line| line.chars().count() <= 120), "{}", help.out);
}
