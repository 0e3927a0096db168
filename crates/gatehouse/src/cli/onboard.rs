//! `gatehouse onboard`: how a customer comes in.

use super::console::{Console, Failure};
use super::open::{Context, Errors, Format, Opened};
use super::progress::bar;
use crate::text;
use access::onboarding::{CallBack, Confirmed, Finding, Onboarding, Stage, Verdict, Verified, query_of};
use access::permissions::Permission;
use engine::Engine;
use engine::onboarding::{Begin, Begun, Confirm, Landed, Looked};
use jiff::Timestamp;
use serde::Serialize;
use std::time::Duration;
use uuid::Uuid;

/// How often the store is looked at while somebody waits.
const LOOK_EVERY: Duration = Duration::from_secs(3);

/// How often a token is tried meanwhile, in looks at the store: a consent may come without its way back.
const TRY_EVERY: u32 = 10;

/// How long a token is tried after a call-back: all the pauses between attempts.
const PATIENCE: Duration = Duration::from_secs(65);

/// Let a customer in: the link for its administrator, what it is asked for, and what is still missing
#[derive(Debug, clap::Args)]
#[command(after_help = "Looks at the customer's tenant, changing nothing there, and says what is missing of what the
configuration needs, with what to do about each. Where nobody has consented yet, or a permission is
missing, it makes a link to Microsoft's consent page. Its way back is good once, for 15 minutes; a
consent that is given later is seen by the next look.

Consent proves only that some administrator agreed. Confirm by another way (a call to the number in
the contract, a code that the customer publishes as a TXT record) that the customer meant it, and
write down who did: --confirmed-by, --how. Only then is the customer ready.

Where no host of this program can be reached, the browser ends on a page that is not there: copy its
address, and give it to --callback within 15 minutes.

Without a customer it lists how far all of them are, by their last look.

Exit status: 0 ready, 2 waiting (for consent, for Microsoft, for somebody's confirmation),
1 something is missing or was refused.

Examples:
  gatehouse onboard contoso --domain contoso.com --by ola@northwind.example --wait
  gatehouse onboard contoso \\
    --callback 'https://localhost/consent?admin_consent=True&tenant=…&state=…'
  gatehouse onboard contoso --confirmed-by 'Ola Berg' \\
    --how 'called +47 22 00 00 00 of the contract, spoke to K. Lie'
  gatehouse onboard --format json | jq '.customers[] | select(.stage != \"ready\")'")]
pub(super) struct Args {
    /// The customer's name; without one, all are listed
    #[arg(value_name = "CUSTOMER")]
    customer: Option<String>,
    /// Print a new link and nothing else
    #[arg(long, requires = "customer", conflicts_with_all = ["wait", "callback", "confirmed_by"])]
    link_only: bool,
    /// Wait until somebody has come back, or the link has run out
    #[arg(long, requires = "customer", conflicts_with_all = ["callback", "confirmed_by"])]
    wait: bool,
    /// The whole address that the browser showed after the consent page
    #[arg(long, value_name = "URL", requires = "customer", conflicts_with = "confirmed_by")]
    callback: Option<String>,
    /// A domain that the customer gave in the order: the tenant must have verified it
    #[arg(long, value_name = "DOMAIN", requires = "customer")]
    domain: Option<String>,
    /// Who has confirmed, by another way, that the customer meant it
    #[arg(long, value_name = "NAME", requires_all = ["customer", "how"])]
    confirmed_by: Option<String>,
    /// How they know
    #[arg(long, value_name = "TEXT", requires = "confirmed_by")]
    how: Option<String>,
    /// Who does this, a named person, for the record; default whoever is logged in
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) async fn run(args: &Args, context: &Context, console: &mut Console<'_>) -> Result<u8, Failure> {
    let opened = context.open(Errors::Skip, console)?;
    // A link, and how far everybody is, are in the store.
    let on_store = args.customer.is_none() || args.link_only;
    let engine = if on_store { opened.engine_on_store()? } else { opened.engine()? };
    let Some(customer) = args.customer.as_deref() else { return list(args, &engine, console).await };
    let by = args.by.clone().or_else(|| opened.place.settings.user.clone());
    let by = by.unwrap_or_else(|| "somebody at the command line".into());
    let going = Going { args, customer, by: &by, engine: &engine, opened: &opened };
    if args.link_only {
        let begun = going.begin().await?;
        match args.format {
            Format::Json => console.json(&LinkAnswer { url: &begun.url, until: begun.until })?,
            Format::Text => console.answer(&format!("{}\n", begun.url))?,
        }
        return Ok(2);
    }
    if let Some(address) = &args.callback {
        going.land(address, console).await?;
    } else if let (Some(who), Some(how)) = (&args.confirmed_by, &args.how) {
        let confirm = Confirm { customer, by: who, how, told_by: Some(&by) };
        engine.confirm_onboarding(&confirm).await.map_err(|error| Failure::from(error).hint("nothing was kept"))?;
    }
    going.show(console).await
}

/// One customer, and what is wanted of it.
struct Going<'a> {
    args: &'a Args,
    customer: &'a str,
    by: &'a str,
    engine: &'a Engine,
    opened: &'a Opened,
}

impl Going<'_> {
    fn wish(&self) -> Begin<'_> {
        Begin { customer: self.customer, by: self.by, domain: self.args.domain.as_deref() }
    }

    async fn begin(&self) -> Result<Begun, Failure> {
        self.engine.begin_onboarding(&self.wish()).await.map_err(|error| {
            let failure = Failure::from(error);
            if failure.hint.is_some() { failure } else { failure.hint("no link was made") }
        })
    }

    /// Takes the address that a browser showed.
    async fn land(&self, address: &str, console: &mut Console<'_>) -> Result<(), Failure> {
        let query = query_of(address).filter(|query| CallBack::read(query).is_some());
        let query = query.ok_or_else(|| {
            Failure::new("--callback is no address that the consent page leads to: it has no state, or something twice")
                .hint("copy the whole address from the browser, and put it in quotes")
        })?;
        let another = |name: &str| {
            Failure::new(format!("that link was made for {name}, and it is taken as such"))
                .hint(format!("gatehouse onboard {name} shows what came of it"))
        };
        match self.engine.consent_call_back(query, PATIENCE).await? {
            Landed::Nothing(why) => Err(Failure::new(format!("the call-back was not taken: {}", why.words()))
                .hint(format!("a consent that was given counts all the same: gatehouse onboard {}", self.customer))),
            Landed::Refused { customer, .. }
            | Landed::WrongTenant { customer }
            | Landed::Consented { customer, .. }
                if customer != self.customer =>
            {
                Err(another(&customer))
            }
            Landed::Refused { refusal, .. } => Err(Failure::new(format!("there is no consent: {}", refusal.text))),
            Landed::WrongTenant { .. } => Err(Failure::new(
                "the call-back comes from another tenant than the one that was invited; nothing of it was believed",
            )
            .hint("talk to the customer: who followed the link, and where were they signed in? Then send a new one")),
            Landed::Consented { .. } => {
                console.tell("the call-back was taken");
                Ok(())
            }
        }
    }

    /// Looks, makes a link where one is needed, waits where that is wanted, and answers.
    async fn show(&self, console: &mut Console<'_>) -> Result<u8, Failure> {
        self.engine.expect_domain(&self.wish()).await?;
        let mut looked = self.engine.look_onboarding(self.customer, Duration::ZERO).await?;
        let mut link = None;
        if needs_link(&looked) {
            let begun = self.begin().await?;
            looked.record = begun.record.clone();
            link = Some(begun);
        }
        if let Some(begun) = link.take_if(|_| self.args.wait) {
            console.tell(text::onboarding_link(&begun.url, begun.until).trim_start_matches('\n').trim_end());
            looked = self.wait(begun.until, console.is_process).await?;
        }
        let link = link.as_ref().map(|begun| (begun.url.as_str(), begun.until));
        let shown = text::OnboardingCustomer { record: &looked.record, permissions: &looked.permissions, link };
        match self.args.format {
            Format::Json => console.json(&Answer::of(&shown))?,
            Format::Text => console.answer(&text::onboarding(&shown))?,
        }
        Ok(if self.opened.has_errors { 1 } else { status(&looked.record) })
    }

    /// Until it is proven whose consent it is, somebody said no, or nobody came.
    async fn wait(&self, until: Timestamp, is_process: bool) -> Result<Looked, Failure> {
        let clock = &self.opened.place.doors.clock;
        let progress = bar(0, "waiting", is_process);
        let refused = |record: &Onboarding| record.last_refusal().map(|event| event.at);
        let before = self.engine.onboarding(self.customer).await?.as_ref().and_then(refused);
        let mut turn = 0_u32;
        loop {
            turn = turn.wrapping_add(1);
            clock.sleep(LOOK_EVERY).await;
            let record = self.engine.onboarding(self.customer).await?;
            let stage = record.as_ref().map_or(Stage::Invited, |record| record.stage);
            progress.set_message(stage.words());
            let said_no = record.as_ref().and_then(refused) != before;
            let is_over = said_no || clock.now() >= until;
            if stage >= Stage::Consented || is_over || turn.is_multiple_of(TRY_EVERY) {
                let looked = self.engine.look_onboarding(self.customer, PATIENCE).await?;
                let is_spreading = looked.record.is_spreading(clock.now());
                if (looked.record.stage >= Stage::Consented || is_over) && !is_spreading {
                    progress.finish_and_clear();
                    return Ok(looked);
                }
            }
        }
    }
}

/// Whether somebody has to consent, for the first time or anew.
fn needs_link(looked: &Looked) -> bool {
    let is_missing = |finding: &Finding| {
        matches!(finding.probe.as_str(), "token" | "permissions") && finding.verdict == Verdict::Missing
    };
    let findings = looked.record.look.iter().flat_map(|look| &look.findings);
    findings.clone().any(is_missing)
        && !findings.clone().any(|one| one.probe == "organization" && one.verdict == Verdict::Missing)
        && looked.record.stage != Stage::Consented
}

/// What the exit status says of a customer.
fn status(record: &Onboarding) -> u8 {
    let findings =
        || record.look.iter().flat_map(|look| &look.findings).filter(|one| one.needed && one.probe != "token");
    if record.stage == Stage::Degraded || findings().any(|one| one.verdict == Verdict::Missing) {
        return 1;
    }
    let is_known = findings().all(|one| one.verdict != Verdict::Unknown);
    if record.stage == Stage::Ready && is_known { 0 } else { 2 }
}

async fn list(args: &Args, engine: &Engine, console: &mut Console<'_>) -> Result<u8, Failure> {
    let all = engine.onboardings().await?;
    match args.format {
        Format::Json => {
            let customers = all.iter().map(|(customer, record)| Listed {
                customer,
                stage: record.as_ref().map_or(Stage::Invited, |record| record.stage),
                looked_at: record.as_ref().and_then(|record| record.look.as_ref()).map(|look| look.at),
                confirmed: record.as_ref().is_some_and(|record| record.confirmed.is_some()),
            });
            console.json(&List { customers: customers.collect() })?;
        }
        Format::Text => console.answer(&text::onboardings(&all))?,
    }
    Ok(0)
}

/// What programs read of a link.
#[derive(Serialize)]
struct LinkAnswer<'a> {
    url: &'a str,
    until: Timestamp,
}

#[derive(Serialize)]
struct List<'a> {
    customers: Vec<Listed<'a>>,
}

#[derive(Serialize)]
struct Listed<'a> {
    customer: &'a str,
    stage: Stage,
    looked_at: Option<Timestamp>,
    confirmed: bool,
}

/// What programs read of a customer.
#[derive(Serialize)]
struct Answer<'a> {
    customer: &'a str,
    tenant_id: String,
    stage: Stage,
    text: &'static str,
    domain: Option<&'a str>,
    verified: Option<&'a Verified>,
    confirmed: Option<&'a Confirmed>,
    findings: &'a [Finding],
    permissions: Vec<PermissionAnswer<'a>>,
    link: Option<LinkAnswer<'a>>,
}

#[derive(Serialize)]
struct PermissionAnswer<'a> {
    name: &'a str,
    app_role: Uuid,
    why: &'a str,
    optional: bool,
    /// Whether it was given; null: not known.
    granted: Option<bool>,
}

impl<'a> Answer<'a> {
    fn of(shown: &text::OnboardingCustomer<'a>) -> Self {
        let record = shown.record;
        let permission = |(needed, granted): &'a (Permission, Option<bool>)| PermissionAnswer {
            name: needed.name,
            app_role: needed.app_role,
            why: &needed.why,
            optional: needed.optional,
            granted: *granted,
        };
        Self {
            customer: &record.customer,
            tenant_id: record.tenant_id.to_string(),
            stage: record.stage,
            text: record.stage.words(),
            domain: record.domain.as_deref(),
            verified: record.verified.as_ref(),
            confirmed: record.confirmed.as_ref(),
            findings: record.look.as_ref().map(|look| look.findings.as_slice()).unwrap_or_default(),
            permissions: shown.permissions.iter().map(permission).collect(),
            link: shown.link.map(|(url, until)| LinkAnswer { url, until }),
        }
    }
}
