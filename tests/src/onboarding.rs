//! A customer comes in: the consent page of the simulated cloud, an administrator's browser, and the page where it lands.

use crate::notified::Address;
use crate::world::{APP, World, one_customer};
use access::config::{BreakGlass, BreakGlassAccount, Workspace};
use access::ids::GuestId;
use access::onboarding::{Onboarding, Stage, Verdict};
use access::permissions::needed_by_customer;
use bytes::Bytes;
use cloud_sim::{Administrator, Fault, PERMISSIONS, TenantHandle, What, When};
use engine::Engine;
use engine::onboarding::{Begin, Confirm};
use http::Request;
use jiff::SignedDuration;
use outside::Transport;
use std::sync::Arc;
use std::time::Duration;
use store::Documents;
use store::faulty::Faulty;
use uuid::Uuid;

const REDIRECT: &str = "https://gatehouse.example/api/v1/consent";

/// A partner, a customer that has not consented, and the program behind its public address.
struct Town {
    world: World,
    contoso: TenantHandle,
    engine: Arc<Engine>,
    address: Arc<Address>,
}

/// What a browser shows.
struct Shown {
    status: u16,
    text: String,
}

impl Town {
    fn new() -> Self {
        let (world, contoso, ..) = one_customer();
        let names: Vec<_> =
            needed_by_customer(&world.config, &world.config.customers[0]).into_iter().map(|one| one.name).collect();
        world.sim.app(APP).redirect(REDIRECT).requires(&names);
        contoso.withdraw_consent(APP);
        contoso.verify_domain("contoso.example");
        let engine = Arc::new(world.engine());
        Self { address: Address::of(&engine), engine, contoso, world }
    }

    /// A link for the administrator, made by Ola.
    async fn link(&self) -> String {
        let by = "ola@northwind.example";
        let wish = Begin { customer: "contoso", by, domain: Some("contoso.example") };
        self.engine.begin_onboarding(&wish).await.expect("a link").url
    }

    /// Where the consent page sends the administrator's browser.
    async fn consent(&self, link: &str) -> String {
        let request = Request::get(link).body(Bytes::new()).expect("a request");
        let answer = self.world.sim.send(request, Duration::from_secs(9)).await.expect("an answer");
        answer.headers()["location"].to_str().expect("an address").to_owned()
    }

    /// What the browser shows there.
    async fn land(&self, address: &str) -> Shown {
        let request = Request::get(address).body(Bytes::new()).expect("a request");
        let answer = self.address.send(request, Duration::from_secs(60)).await.expect("an answer");
        let text = String::from_utf8(answer.body().to_vec()).expect("a text");
        Shown { status: answer.status().as_u16(), text }
    }

    async fn look(&self) -> Onboarding {
        self.engine.look_onboarding("contoso", Duration::ZERO).await.expect("the store works").record
    }

    async fn stage(&self) -> Stage {
        self.engine.onboarding("contoso").await.expect("the store works").map_or(Stage::Invited, |record| record.stage)
    }

    async fn confirm(&self) {
        let confirm =
            Confirm { customer: "contoso", by: "Ola Berg", how: "called the number of the contract", told_by: None };
        self.engine.confirm_onboarding(&confirm).await.expect("it is verified");
    }

    /// Contoso, ready.
    async fn ready() -> Self {
        let town = Self::new();
        let address = town.consent(&town.link().await).await;
        town.land(&address).await;
        town.confirm().await;
        assert_eq!(town.look().await.stage, Stage::Ready);
        town
    }
}

/// What the last look says of a probe, and its words.
fn finding(record: &Onboarding, probe: &str) -> (Verdict, String) {
    let look = record.look.as_ref().expect("somebody looked");
    let found = look.findings.iter().find(|one| one.probe == probe).unwrap_or_else(|| panic!("{look:?}"));
    (found.verdict, format!("{} {}", found.reasons.join("; "), found.fix.as_deref().unwrap_or_default()))
}

#[tokio::test(start_paused = true)]
async fn a_customer_consents_is_proven_confirmed_and_ready() {
    let town = Town::new();
    town.world.sim.configure(|options| options.consent_delay = Duration::from_secs(10));
    let link = town.link().await;
    assert_eq!(town.stage().await, Stage::ConsentPending);
    let shown = town.land(&town.consent(&link).await).await;
    assert!(shown.status == 200 && shown.text.contains("the consent of contoso has arrived"), "{}", shown.text);
    assert!(
        shown.text.contains("confirms with you, by another way"),
        "it was proven while the page waited: {}",
        shown.text
    );
    let record = town.look().await;
    assert_eq!(record.stage, Stage::Configured);
    assert!(finding(&record, "organization").1.contains("contoso.example is one of its verified domains"));
    assert_eq!(finding(&record, "cross_tenant").0, Verdict::Missing, "advice, which keeps nobody waiting");
    town.confirm().await;
    assert_eq!(town.look().await.stage, Stage::Ready);
    assert_eq!(record.history[1].by.as_deref(), Some("ola@northwind.example"), "{:?}", record.history);
    assert!(town.world.sim.effects().is_empty(), "nothing was written in the tenant");
}

#[tokio::test(start_paused = true)]
async fn a_consent_that_spreads_slowly_is_seen_by_the_next_look() {
    let town = Town::new();
    town.world.sim.configure(|options| options.consent_delay = Duration::from_secs(60));
    let address = town.consent(&town.link().await).await;
    let shown = town.land(&address).await;
    assert!(shown.text.contains("Microsoft is still making it known"), "{}", shown.text);
    assert_eq!(town.look().await.stage, Stage::Consented);
    town.world.pass(SignedDuration::from_secs(60)).await;
    assert_eq!(town.look().await.stage, Stage::Configured);
}

#[tokio::test(start_paused = true)]
async fn whoever_does_not_consent_is_told_so_and_so_are_we() {
    let cases = [
        (Administrator::Declines, Stage::Invited, "If that was a mistake", "declined"),
        (Administrator::MayNot, Stage::Invited, "You may not consent", "Privileged Role Administrator"),
        (Administrator::AsksReviewers, Stage::ConsentPending, "went to those who review", "reviewers"),
        (Administrator::IsUnlucky, Stage::Invited, "could not finish it now", "in a while"),
    ];
    for (does, stage, page, ours) in cases {
        let town = Town::new();
        town.contoso.administrator(does.clone());
        let address = town.consent(&town.link().await).await;
        assert!(address.contains("admin_consent=True"), "it says so all the same");
        let shown = town.land(&address).await;
        assert!(shown.status == 200 && shown.text.contains(page), "{does:?}: {}", shown.text);
        assert_eq!(town.stage().await, stage, "{does:?}");
        let record = town.engine.onboarding("contoso").await.expect("the store works").expect("it was begun");
        let said = record.last_refusal().and_then(|event| event.note.clone()).expect("it was noted");
        assert!(said.contains(ours), "{said}");
        // Whoever consents after all, by whatever way, is seen.
        town.contoso.consent(APP, PERMISSIONS);
        assert!(town.look().await.stage >= Stage::Verified, "{does:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_forged_way_back_proves_nothing() {
    let town = Town::new();
    let address = town.consent(&town.link().await).await;
    town.contoso.withdraw_consent(APP);
    let tenant = town.contoso.id().to_string();
    let shown = town.land(&address.replace(&tenant, &Uuid::from_u128(0x7777).to_string())).await;
    assert!(shown.text.contains("another organization"), "{}", shown.text);
    assert_eq!(town.stage().await, Stage::Invited);
    assert_eq!(town.land(&address).await.status, 404, "the link is used up");

    // The right tenant is easily typed as well; only Microsoft's token says that anybody consented.
    let link = town.link().await;
    let state = link.split_once("&state=").expect("a state").1;
    let shown = town.land(&format!("{REDIRECT}?admin_consent=True&tenant={tenant}&state={state}")).await;
    assert!(shown.text.contains("still making it known"), "{}", shown.text);
    assert_eq!(town.stage().await, Stage::Consented);
    town.world.pass(SignedDuration::from_mins(5)).await;
    let record = town.look().await;
    assert_eq!((record.stage, record.verified), (Stage::Invited, None));
}

#[tokio::test(start_paused = true)]
async fn a_link_leads_on_once_and_for_a_quarter_of_an_hour_and_all_others_look_alike() {
    let town = Town::new();
    let (early, late) = (town.link().await, town.link().await);
    town.contoso.administrator(Administrator::Declines);
    let (early, late) = (town.consent(&early).await, town.consent(&late).await);
    town.world.pass(SignedDuration::from_secs(15 * 60 - 1)).await;
    assert_eq!(town.land(&early).await.status, 200);
    town.world.pass(SignedDuration::from_secs(1)).await;
    let before = town.engine.onboarding("contoso").await.expect("the store works");
    let strange = format!("{REDIRECT}?error=access_denied&state=AAAA");
    let pages = [town.land(&late).await, town.land(&early).await, town.land(&strange).await, town.land(REDIRECT).await];
    for page in &pages {
        assert_eq!((page.status, &page.text), (404, &pages[0].text));
    }
    assert_eq!(town.engine.onboarding("contoso").await.expect("the store works"), before, "and change nothing");
}

#[tokio::test(start_paused = true)]
async fn a_tenant_that_is_not_the_one_of_the_order_is_never_verified() {
    let town = Town::new();
    town.contoso.consent(APP, PERMISSIONS);
    let wish = Begin { customer: "contoso", by: "ola@northwind.example", domain: Some("fabrikam.example") };
    town.engine.begin_onboarding(&wish).await.expect("a link");
    let record = town.look().await;
    let (verdict, words) = finding(&record, "organization");
    assert_eq!((record.stage, verdict, record.verified), (Stage::Consented, Verdict::Missing, None));
    assert!(words.contains("none of its verified domains") && words.contains("stop"), "{words}");

    // Another tenant answers in its place.
    let mut world = town.world;
    let model = world.sim.tenant(Uuid::from_u128(0x9999), "model.onmicrosoft.com");
    model.consent(APP, PERMISSIONS);
    let twin = Uuid::from_u128(0x9998);
    world.sim.twin(&model, twin);
    world.config.customers[0].tenant_id = access::ids::TenantId(twin);
    let record = world.engine().look_onboarding("contoso", Duration::ZERO).await.expect("the store works").record;
    let (verdict, words) = finding(&record, "organization");
    assert_eq!((record.stage, verdict), (Stage::Consented, Verdict::Missing), "{words}");
    assert!(words.contains("another tenant answered"), "{words}");
}

#[tokio::test(start_paused = true)]
async fn consent_to_fewer_permissions_names_those_that_are_missing() {
    let town = Town::new();
    let config = &town.world.config;
    let names = needed_by_customer(config, &config.customers[0]).into_iter().map(|one| one.name.to_owned());
    let fewer = names.filter(|name| name != "User.Invite.All").collect();
    town.contoso.administrator(Administrator::AcceptsOnly(fewer));
    let address = town.consent(&town.link().await).await;
    let shown = town.land(&address).await;
    assert!(shown.text.contains("tells you what is missing"), "{}", shown.text);
    let record = town.look().await;
    let (verdict, words) = finding(&record, "permissions");
    assert_eq!((record.stage, verdict), (Stage::Verified, Verdict::Missing));
    assert!(words.contains("missing: User.Invite.All (") && words.contains("consent again"), "{words}");
    assert_eq!(words.matches("missing: ").count(), 1, "{words}");
    town.contoso.administrator(Administrator::Accepts);
    let address = town.consent(&town.link().await).await;
    town.land(&address).await;
    assert_eq!(town.look().await.stage, Stage::Configured);
}

#[tokio::test(start_paused = true)]
async fn a_permission_that_no_token_carries_is_proven_by_its_assignment_with_nothing_but_what_is_needed() {
    let mut town = Town::new();
    let workspace = Workspace { id: Uuid::from_u128(0x55), resource: None };
    let account = BreakGlassAccount { id: GuestId(Uuid::from_u128(0x56)), upn: "bg1@contoso.example".into() };
    town.world.config.customers[0].break_glass =
        BreakGlass { accounts: vec![account], workspace: Some(workspace), ..BreakGlass::default() };
    town.engine = Arc::new(town.world.engine());
    let needed = needed_by_customer(&town.world.config, &town.world.config.customers[0]);
    let needed: Vec<_> = needed.iter().filter(|one| !one.optional).map(|one| one.name).collect();
    let verdict = async |without: &str| {
        town.contoso.consent(APP, &needed.iter().filter(|name| **name != without).copied().collect::<Vec<_>>());
        finding(&town.look().await, "permissions")
    };
    assert_eq!(verdict("").await.0, Verdict::Ok);
    let (missing, words) = verdict("Data.Read").await;
    assert!(missing == Verdict::Missing && words.contains("missing: Data.Read"), "{words}");
    // Without the one that shows assignments nobody could tell.
    let (missing, words) = verdict("Application.Read.All").await;
    assert!(missing == Verdict::Missing && words.contains("not known: Data.Read"), "{words}");
}

#[tokio::test(start_paused = true)]
async fn what_is_lost_later_degrades_and_what_comes_back_mends() {
    let town = Town::ready().await;
    town.contoso.consent(APP, &["Organization.Read.All"]);
    let record = town.look().await;
    assert_eq!((record.stage, finding(&record, "permissions").0), (Stage::Degraded, Verdict::Missing));
    town.contoso.consent(APP, PERMISSIONS);
    let address = town.consent(&town.link().await).await;
    town.land(&address).await;
    assert_eq!(town.look().await.stage, Stage::Ready, "the person's word still stands");
    town.contoso.withdraw_consent(APP);
    let record = town.look().await;
    assert_eq!((record.stage, finding(&record, "token").0), (Stage::Degraded, Verdict::Missing));
}

#[tokio::test(start_paused = true)]
async fn no_fault_is_taken_for_an_answer_or_takes_anything_away() {
    let faults = [
        What::Throttle { retry_after: None },
        What::Status(400, "Request_BadRequest"),
        What::Status(404, "UnknownError"),
        What::Status(410, "Gone"),
        What::Status(503, "ServiceUnavailable"),
        What::ResetBefore,
        What::CutJson,
        What::HtmlGateway,
        What::ProxyPage { status: 200, done: true },
        What::ErrorBody,
    ];
    let routes = [
        ("POST /*/oauth2/v2.0/token", "token"),
        ("GET /organization", "organization"),
        ("GET /policies/authorizationPolicy", "invitations"),
        ("GET /groups/{id}", "groups"),
        // Last: it is advice, which lifts whoever has the rest.
        ("GET /policies/crossTenantAccessPolicy/default", "cross_tenant"),
    ];
    let (fresh, ready) = (Town::new(), Town::ready().await);
    // Nobody lands: the looks find it.
    fresh.consent(&fresh.link().await).await;
    for (on, probe) in routes {
        for what in faults {
            for town in [&fresh, &ready] {
                town.world.sim.fault(Fault::new(on, When::Every, what));
            }
            let (first, kept) = (fresh.look().await, ready.look().await);
            assert_eq!(finding(&first, probe).0, Verdict::Unknown, "{on} {what:?}");
            assert!(first.stage <= Stage::Verified || probe == "cross_tenant", "{on} {what:?}: {}", first.stage);
            assert_eq!(kept.stage, Stage::Ready, "{on} {what:?}");
            for town in [&fresh, &ready] {
                town.world.sim.clear_faults();
            }
        }
    }
    // What our own service principal was given is asked beside the token, which says enough by itself.
    let own = "GET /servicePrincipals(appId='{app}')/appRoleAssignments";
    fresh.world.sim.fault(Fault::new(own, When::Every, What::Status(503, "ServiceUnavailable")));
    assert_eq!(fresh.look().await.stage, Stage::Configured);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_loses_no_consent_and_takes_no_link_twice() {
    for number in 1..=8 {
        for fault in [store::faulty::Fault::Before, store::faulty::Fault::Lost, store::faulty::Fault::After] {
            let town = Town::new();
            let address = town.consent(&town.link().await).await;
            let query = address.split_once('?').expect("a query").1;
            let faulty = Arc::new(Faulty::new(town.world.documents.clone()));
            faulty.fault(number, fault);
            let engine = town.world.engine_on(faulty.clone(), Arc::new(town.world.sim.clone()));
            let first = engine.consent_call_back(query, Duration::ZERO).await;
            faulty.heal();
            // The browser is asked to try again, and somebody looks.
            let again = engine.consent_call_back(query, Duration::ZERO).await.expect("the store works");
            assert_eq!(town.look().await.stage, Stage::Configured, "{number} {fault:?}: {first:?}, {again:?}");
            let record = town.engine.onboarding("contoso").await.expect("the store works").expect("it was begun");
            assert_eq!(record.links.iter().filter(|link| link.used.is_some()).count(), 1);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_store_holds_nothing_with_which_anybody_could_come_back() {
    let town = Town::new();
    let link = town.link().await;
    let state = link.split_once("&state=").expect("a state").1;
    assert_eq!(state.len(), 43);
    let paths = town.world.documents.list("").await.expect("the store works");
    assert!(paths.iter().any(|path| path.starts_with("onboarding/")), "{paths:?}");
    for path in paths {
        let stored = town.world.documents.get(&path).await.expect("the store works").expect("it is listed");
        let text = String::from_utf8_lossy(&stored.bytes).into_owned();
        assert!(!path.contains(state) && !text.contains(state), "{path}: {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_customer_that_names_an_app_of_its_own_consents_to_that_one() {
    let mut town = Town::new();
    let audit = Uuid::from_u128(0x3333_3333);
    let app = access::config::App { client_id: access::ids::ObjectId(audit), ..town.world.config.app.clone() };
    town.world.config.apps.insert("audit".into(), app);
    town.world.config.customers[0].app = Some("audit".into());
    town.engine = Arc::new(town.world.engine());
    assert!(town.link().await.contains(&format!("?client_id={audit}&")), "whatever [app] says");
}
