//! What happens in the demo, and what Gatehouse makes of it.

use super::alarm;
use super::files::Home;
use crate::text;
use crate::text::Shown;
use access::config::{Config, Mode, Requests};
use access::plan::Plan;
use access::requests::{Asked, CustomerRef, Invitee, Request, RequestId, Ticket};
use engine::requests::{Caller, Decide, Deciding, Refused};
use engine::{By, Engine, How, Outcome};
use std::io::{self, Write};
use std::sync::Arc;

/// Who releases the held steps in the story, and answers when the telephone rings.
pub(super) const LEAD: &str = "lead@northwind.example";

/// How the story ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Somebody releases what is held, and the last run finds nothing to do.
    Released,
    /// The held plan is left for the visitor.
    Open,
}

/// Why a story broke off.
pub enum Broken {
    /// It cannot be written.
    Output(io::Error),
    /// Something does not work.
    Failed(String),
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<engine::Error> for Broken {
    fn from(error: engine::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<Refused> for Broken {
    fn from(refused: Refused) -> Self {
        Self::Failed(refused.to_string())
    }
}

impl From<engine::incidents::Refused> for Broken {
    fn from(refused: engine::incidents::Refused) -> Self {
        Self::Failed(refused.to_string())
    }
}

/// Tells the story, and returns the digest of what is held when it ends open.
pub async fn tell(home: &Home, ending: Ending, out: &mut dyn Write) -> Result<String, Broken> {
    let loaded = home.place.load().map_err(Broken::Failed)?;
    let config = Arc::new(loaded.config.ok_or_else(|| Broken::Failed("the demo's configuration is broken".into()))?);
    let engine = Arc::new(home.place.engine(config.clone()).map_err(Broken::Failed)?);
    let mut story = Story { engine, config, out, done: 0 };
    story.begin()?;
    story.chapter("The plan: what should be, against what is")?;
    story.plan().await?;
    story.chapter("The first run carries it out")?;
    story.sync().await?;
    story.chapter("A second run finds nothing to do, and confirms what the first one wrote")?;
    story.sync().await?;

    story.chapter("Things happen")?;
    home.things_happen();
    story.say(
        "Ulla joins the night shift. Dmitri leaves: his account at the partner is disabled. Yusuf moves from the\n\
         second line to another team. An administrator of A. Datum takes Quentin out of their group. And a script\n\
         goes wrong: twelve of fourteen field engineers drop out of their group.",
    )?;
    story.chapter("The plan")?;
    let plan = story.plan().await?;
    story.chapter("The run does what is safe, and holds what looks like an accident")?;
    story.sync().await?;
    let digest = plan.customers.iter().find(|part| part.customer == "tailspin").map(|part| part.digest.clone());
    let digest = digest.unwrap_or_default();
    if ending == Ending::Released {
        story.chapter("Somebody looked: those twelve did change teams, so exactly these steps may pass")?;
        story.release(&digest).await?;
        story.sync().await?;
        story.chapter("Somebody needs access for a while: a ticket asks, and the lead approves")?;
        story.request().await?;
        story.chapter("A break-glass account is used: people are paged until somebody answers")?;
        alarm::tell(home, &story.engine, story.out).await?;
        story.chapter("The last run finds nothing to do")?;
        story.sync().await?;
        story.end()?;
    }
    Ok(digest)
}

struct Story<'a> {
    engine: Arc<Engine>,
    config: Arc<Config>,
    out: &'a mut dyn Write,
    /// Steps carried out so far.
    done: u32,
}

impl Story<'_> {
    fn begin(&mut self) -> io::Result<()> {
        self.say(
            "Gatehouse keeps the partner's engineers in its customers' tenants: joiners get in, leavers get out, and\n\
             nothing else is touched. These tenants are simulated; everything else is the real program.",
        )?;
        writeln!(self.out)?;
        writeln!(self.out, "{}: 46 people in 7 groups, some of them nested", self.config.partner.name)?;
        for customer in &self.config.customers {
            let mode = if customer.mode == Mode::Observe { "  (observe: only reported)" } else { "" };
            let packages: Vec<&str> = customer.packages.iter().map(|package| package.name.as_str()).collect();
            writeln!(self.out, "  {:<10} {:<22} {}{mode}", customer.name, customer.display_name, packages.join(", "))?;
        }
        writeln!(self.out)?;
        self.say(
            "Seven engineers are guests of Contoso already. At Fabrikam there is another Bianca, and somebody who wrote\n\
             Carlos' address into their own account. One group of Tailspin computes its members by a rule.",
        )
    }

    fn chapter(&mut self, title: &str) -> io::Result<()> {
        writeln!(self.out, "\n== {title}\n")
    }

    fn say(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{text}")
    }

    async fn plan(&mut self) -> Result<Plan, Broken> {
        self.engine.read_partner().await?;
        let plan = self.engine.plan(&[]).await?;
        self.out.write_all(text::plan(&plan).as_bytes())?;
        Ok(plan)
    }

    async fn sync(&mut self) -> Result<(), Broken> {
        let config = self.config.clone();
        self.engine.read_partner().await?;
        for customer in &config.customers {
            let outcome = self.engine.sync(&customer.name, How { fresh: true, enforce: false }).await?;
            if let Outcome::Ran(run) = &outcome {
                self.done += run.applied;
            }
            let may_write = customer.mode == Mode::Enforce;
            let line = text::run(&text::Done { customer: &customer.name, outcome: &outcome, may_write });
            self.out.write_all(line.as_bytes())?;
        }
        Ok(())
    }

    async fn release(&mut self, digest: &str) -> Result<(), Broken> {
        let by = By { who: LEAD.into(), asserted: true, comment: Some("they work in the depot now".into()) };
        let customers = self.engine.release(digest, None, &by).await?;
        writeln!(self.out, "released by {LEAD}: {digest} ({})", customers.join(", "))?;
        Ok(())
    }

    /// A request from its wish to its end. Hours do not pass in a story, so somebody ends it early.
    async fn request(&mut self) -> Result<(), Broken> {
        let caller = Caller::command_line();
        let asked = Asked {
            ticket: Some(Ticket { number: Some("INC0012345".into()), ..Ticket::default() }),
            customer: CustomerRef::Name("fabrikam".into()),
            invitee: Invitee { email: "walid@northwind.example".into(), given_name: None, surname: None },
            package: "security".into(),
            hours: 8,
            requested_by: Some("dora@northwind.example".into()),
            reason: "a firewall is to be moved tonight".into(),
            callback: None,
        };
        let id = self.engine.request_access(&caller, None, &asked).await?.request.id;
        self.show(&id).await?;
        self.say("\nThe lead approves, and the access is there:\n")?;
        self.decide(&id, Decide::Approve, "agreed by phone").await?;
        self.engine.follow_requests().await?;
        self.show(&id).await?;
        self.say(
            "\nWhen its eight hours are over the access is taken away without a word. Nobody waits for that in a demo:\n\
             the work is done, and the lead ends it now. It is over once a survey shows Walid gone.\n",
        )?;
        self.decide(&id, Decide::Cancel, "done early").await?;
        self.engine.follow_requests().await?;
        let request = self.engine.request(&caller, &id).await?;
        let rules = self.rules(&request);
        self.out.write_all(text::request(&Shown { request: &request, rules }).as_bytes())?;
        Ok(())
    }

    async fn decide(&mut self, id: &RequestId, decide: Decide, comment: &str) -> Result<(), Broken> {
        let by = By { who: LEAD.into(), asserted: true, comment: Some(comment.into()) };
        let caller = Caller::command_line();
        self.engine.decide_request(id, decide, &Deciding { caller: &caller, by: &by, named: true }).await?;
        Ok(())
    }

    async fn show(&mut self, id: &RequestId) -> Result<(), Broken> {
        let request = self.engine.request(&Caller::command_line(), id).await?;
        let rules = self.rules(&request);
        let text = text::requests(&[Shown { request: &request, rules }]);
        self.out.write_all(text.as_bytes())?;
        Ok(())
    }

    fn rules(&self, request: &Request) -> Option<&Requests> {
        let customer = self.config.customers.iter().find(|customer| customer.name == request.customer)?;
        customer.packages.iter().find(|package| package.name == request.package)?.requests.as_ref()
    }

    fn end(&mut self) -> io::Result<()> {
        let enforced = self.config.customers.iter().filter(|customer| customer.mode == Mode::Enforce).count();
        let (steps, tenants) =
            (text::count(self.done as usize, "step", "steps"), text::count(enforced, "tenant", "tenants"));
        writeln!(self.out, "\nAll in all {steps} done in {tenants}, one person's word for twelve of them.")
    }
}
