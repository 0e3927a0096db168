//! `gatehouse journal`: what was decided and done, and whether anybody tampered with the record.

use super::console::{Console, Failure};
use super::deciding::Deciding;
use super::open::{Context, Errors, Format, Opened};
use crate::text;
use access::ledger::{Entry, RunNumbers};
use engine::membership::commands::Go;
use engine::membership::documents::{Head, head_path};
use engine::membership::orders::{ORDERS, OrdersDocument, PROGRAM, ProgramEntry};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use store::Store;
use store::journal::{Block, Journal, verify};

/// Read the journal, verify that nobody changed it, or rebuild what we know from it
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(
    after_help = "The journal is kept in the store: one chain of blocks for each customer and one for the program:
orders (bars and pauses), closed incidents and ended drills, each with its whole history in
--format json. Each block holds the hash of the one before. Nobody else is asked. A run's number
(r12) is what `gatehouse undo` takes.

Exit status: 0, 1 it cannot be read, or a chain that `verify` looks at is broken.

Examples:
  gatehouse journal contoso    what was decided and done in contoso
  gatehouse journal verify     every chain
  gatehouse journal rebuild contoso
                               what is ours, from the journal alone: for a lost or restored store
  gatehouse journal --format json |
    jq '.customers[].blocks[].entries[] | select(.entry == \"decided\")'"
)]
pub(super) struct Args {
    #[command(subcommand)]
    also: Option<Also>,
    #[command(flatten)]
    read: Read,
}

#[derive(Debug, clap::Subcommand)]
enum Also {
    /// Verify the chains: every block as it was written, in its place, none missing
    Verify(Read),
    /// Rebuild what is ours from the journal alone, and show how the stored state differs
    Rebuild(Rebuild),
}

/// The chain is verified first; a broken one is never believed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Without --yes it only shows the differences: none is the expected answer. With it, the stored
state is replaced by the journal's, and the next run reads everything again. Nobody's access
changes by it.

Examples:
  gatehouse journal rebuild contoso
  gatehouse journal rebuild --all --by lead@northwind.example --reason \"restored a backup\" --yes")]
struct Rebuild {
    /// Customers by name
    #[arg(value_name = "CUSTOMER", required_unless_present = "all")]
    customers: Vec<String>,
    /// Every customer
    #[arg(long, conflicts_with = "customers")]
    all: bool,
    #[command(flatten)]
    deciding: Deciding,
}

#[derive(Debug, clap::Args)]
struct Read {
    /// Customers by name; without any, all of them and the program's own
    #[arg(value_name = "CUSTOMER")]
    customers: Vec<String>,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) async fn run(args: &Args, context: &Context, console: &mut Console<'_>) -> Result<u8, Failure> {
    if let Some(Also::Rebuild(args)) = &args.also {
        return rebuild(args, context, console).await;
    }
    let opened = context.open(Errors::Skip, console)?;
    let store = opened.store()?;
    match &args.also {
        Some(Also::Verify(args)) => verify_all(args, &opened, &store, console).await,
        _ => read_all(&args.read, &opened, &store, console).await,
    }
}

async fn rebuild(args: &Rebuild, context: &Context, console: &mut Console<'_>) -> Result<u8, Failure> {
    let go = args.deciding.go()?;
    let opened = context.open(if go == Go::Look { Errors::Skip } else { Errors::Refuse }, console)?;
    let names = opened.chosen(&args.customers)?;
    let engine = opened.engine_on_store()?;
    let (mut all, mut status) = (Vec::new(), 0);
    for name in &names {
        match engine.rebuild(name, &go).await {
            Ok(rebuilt) => all.push(rebuilt),
            // One broken chain must not keep the others from being rebuilt.
            Err(error) => {
                console.fail(&error.into());
                status = 1;
            }
        }
    }
    match args.deciding.format {
        Format::Json => console.json(&serde_json::json!({ "customers": all }))?,
        Format::Text => {
            for one in &all {
                console.answer(&text::rebuilt(one))?;
            }
        }
    }
    Ok(status)
}

/// One customer's journal, for programs.
#[derive(Serialize)]
struct Chain {
    customer: String,
    tenant_id: String,
    blocks: Vec<Block<Entry>>,
}

async fn read_all(args: &Read, opened: &Opened, store: &Store, console: &mut Console<'_>) -> Result<u8, Failure> {
    let mut chains = Vec::new();
    for (customer, chain) in named(opened, &args.customers)? {
        let mut journal = Journal::<Entry>::from_start(store, &chain).map_err(engine::Error::from)?;
        let blocks = journal.tail().await.map_err(|error| {
            Failure::new(format!("the journal of {customer}: {error}"))
                .hint("gatehouse journal verify says what is wrong")
        })?;
        if args.format == Format::Text {
            print(&customer, &blocks, console)?;
        } else {
            chains.push(Chain { customer, tenant_id: chain, blocks });
        }
    }
    let mut program = Vec::new();
    if args.customers.is_empty() {
        let mut journal = Journal::<ProgramEntry>::from_start(store, PROGRAM).map_err(engine::Error::from)?;
        program = journal.tail().await.map_err(|error| {
            Failure::new(format!("the program's own journal: {error}"))
                .hint("gatehouse journal verify says what is wrong")
        })?;
    }
    if args.format == Format::Json {
        console.json(&serde_json::json!({ "customers": chains, "program": program }))?;
        return Ok(0);
    }
    let mut copied = BTreeSet::new();
    for block in program {
        for entry in &block.entries {
            // A writer that died between the journal and the note that it wrote there made a second copy.
            let id = match entry {
                ProgramEntry::Incident(record) => Some(record.id.to_string()),
                ProgramEntry::Drill(record) => Some(record.id.clone()),
                ProgramEntry::Ordered(_) | ProgramEntry::TakenOver { .. } => None,
            };
            if id.is_some_and(|id| !copied.insert(id)) {
                continue;
            }
            let at = block.at.strftime("%Y-%m-%d %H:%M:%S UTC");
            let mut line = text::program_entry(entry);
            for customer in &opened.config.customers {
                line = line.replace(&format!("tenant {}", customer.tenant_id), &customer.name);
            }
            console.answer(&format!("{at}  {PROGRAM}  {line}\n"))?;
        }
    }
    Ok(0)
}

fn print(customer: &str, blocks: &[Block<Entry>], console: &mut Console<'_>) -> Result<(), Failure> {
    let (mut actions, mut numbers) = (BTreeMap::new(), RunNumbers::default());
    for block in blocks {
        let run = numbers.next(block.seq, block.epoch);
        for entry in &block.entries {
            let at = block.at.strftime("%Y-%m-%d %H:%M:%S UTC");
            console.answer(&format!("{at}  {customer}  r{run}  {}\n", text::entry(entry, &mut actions)))?;
        }
    }
    Ok(())
}

async fn verify_all(args: &Read, opened: &Opened, store: &Store, console: &mut Console<'_>) -> Result<u8, Failure> {
    let mut chains = named(opened, &args.customers)?;
    if args.customers.is_empty() {
        chains.extend(unnamed(opened, store).await?);
    }
    let mut answers = Vec::new();
    let mut status = 0;
    for (customer, chain) in chains {
        let known = recorded_end(store, &chain).await?;
        let report = verify(store, &chain, known.clone()).await.map_err(engine::Error::from)?;
        if !report.problems.is_empty() {
            status = 1;
        }
        if args.format == Format::Json {
            let problems: Vec<_> = report
                .problems
                .iter()
                .map(|found| serde_json::json!({ "seq": found.seq, "text": found.text }))
                .collect();
            answers.push(serde_json::json!({
                "customer": customer, "tenant_id": chain, "ok": problems.is_empty(), "blocks": report.blocks,
                "entries": report.entries, "head": report.head.hash, "problems": problems,
            }));
            continue;
        }
        for problem in &report.problems {
            console.answer(&format!("{customer}: block {}: {}\n", problem.seq, problem.text))?;
        }
        if report.problems.is_empty() {
            let blocks = text::count(usize::try_from(report.blocks).unwrap_or(usize::MAX), "block", "blocks");
            let end = match (&known, report.blocks) {
                (Some(_), _) => "",
                (None, 0) => " (nothing has been done there yet)",
                (None, _) => " (no recorded end, so a cut tail would not show)",
            };
            let entries = text::count(usize::try_from(report.entries).unwrap_or(usize::MAX), "entry", "entries");
            console.answer(&format!("{customer}: ok, {blocks}, {entries}{end}\n"))?;
        }
    }
    if args.format == Format::Json {
        console.json(&serde_json::json!({ "ok": status == 0, "customers": answers }))?;
    }
    Ok(status)
}

/// The end of a chain, as it was recorded beside it.
async fn recorded_end(store: &Store, chain: &str) -> Result<Option<store::journal::Head>, Failure> {
    if chain == PROGRAM {
        let orders = store.read::<OrdersDocument>(ORDERS).await.map_err(engine::Error::from)?;
        return Ok(orders.and_then(|kept| kept.value.chain));
    }
    let tenant = chain.parse().map_err(|_| Failure::new(format!("journal/{chain} is no tenant's journal")))?;
    let head = store.read::<Head>(&head_path(tenant)).await.map_err(engine::Error::from)?;
    Ok(head.map(|kept| kept.value.chain))
}

/// The customers that are meant, with the names of their chains.
fn named(opened: &Opened, names: &[String]) -> Result<Vec<(String, String)>, Failure> {
    let chosen = opened.chosen(names)?;
    let customers = opened.config.customers.iter().filter(|customer| chosen.contains(&customer.name));
    Ok(customers.map(|customer| (customer.name.clone(), customer.tenant_id.to_string())).collect())
}

/// Chains of tenants that are in the configuration no more: their record counts all the same.
async fn unnamed(opened: &Opened, store: &Store) -> Result<Vec<(String, String)>, Failure> {
    let known: BTreeSet<String> =
        opened.config.customers.iter().map(|customer| customer.tenant_id.to_string()).collect();
    let paths = store.list("journal/").await.map_err(engine::Error::from)?;
    let chains: BTreeSet<String> = paths.iter().filter_map(|path| path.split('/').nth(1)).map(str::to_owned).collect();
    Ok(chains
        .difference(&known)
        .map(|chain| (if *chain == PROGRAM { chain.clone() } else { format!("tenant {chain}") }, chain.clone()))
        .collect())
}
