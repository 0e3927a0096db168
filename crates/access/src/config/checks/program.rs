//! `gatehouse.toml`: the cloud, the pace, leavers.

use crate::config::files::{CloudName, ProgramFile};
use crate::config::folder::Source;
use crate::config::model::Disable;
use crate::config::problem::ConfigProblem;
use crate::config::resolve::{GIVE_UP_AFTER, RESEND_AFTER};
use jiff::SignedDuration;

/// The timer that wakes us comes once a minute.
const EVERY_MIN: SignedDuration = SignedDuration::from_mins(1);

/// Somebody who leaves should not keep access for longer than a day because nobody looked.
const EVERY_MAX: SignedDuration = SignedDuration::from_hours(24);

/// Nobody wants more than a mail a day, and Microsoft takes many invitations for an attack.
const RESEND_MIN: SignedDuration = SignedDuration::from_hours(24);

/// Whoever waits for longer has forgotten what it was about.
const RESEND_MAX: SignedDuration = SignedDuration::from_hours(30 * 24);
const GIVE_UP_MAX: SignedDuration = SignedDuration::from_hours(90 * 24);

pub(super) fn all(program: &Source<ProgramFile>, found: &mut Vec<ConfigProblem>) {
    cloud_endpoints(program, found);
    sync_pace(program, found);
    invitation_budget(program, found);
    acceptance(program, found);
    deletion_follows_disabling(program, found);
}

fn cloud_endpoints(program: &Source<ProgramFile>, found: &mut Vec<ConfigProblem>) {
    let cloud = &program.parts.cloud;
    let own = [
        ("login", cloud.login.is_some()),
        ("graph", cloud.graph.is_some()),
        ("resource_manager", cloud.resource_manager.is_some()),
        ("log_analytics", cloud.log_analytics.is_some()),
        ("ca_file", cloud.ca_file.is_some()),
    ];
    let custom = cloud.name == CloudName::Custom;
    for (key, there) in own {
        let path = format!("cloud.{key}");
        if there && !custom && program.places.is_whole("cloud.name") {
            let text = "belongs to a cloud of one's own";
            let problem = program.places.error(&path, "endpoint_of_known_cloud", text);
            found.push(problem.hint("write name = \"custom\", or leave this out"));
        }
        if !there && custom && matches!(key, "login" | "graph") && program.places.is_whole(&path) {
            found.push(program.places.error(&path, "missing_endpoint", "missing: a custom cloud needs it"));
        }
    }
}

fn sync_pace(program: &Source<ProgramFile>, found: &mut Vec<ConfigProblem>) {
    let Some(every) = &program.parts.sync.every else { return };
    if !(EVERY_MIN..=EVERY_MAX).contains(&every.0) {
        found.push(program.places.error("sync.every", "sync_pace", "must be from \"1m\" to \"24h\""));
    }
}

fn invitation_budget(program: &Source<ProgramFile>, found: &mut Vec<ConfigProblem>) {
    let invitations = &program.parts.invitations;
    if let (Some(hour), Some(day)) = (invitations.per_tenant_per_hour, invitations.per_tenant_per_day)
        && hour > day
    {
        let text = "is more than the whole day's budget";
        found.push(program.places.warning("invitations.per_tenant_per_hour", "budget_above_day", text));
    }
}

fn acceptance(program: &Source<ProgramFile>, found: &mut Vec<ConfigProblem>) {
    let invitations = &program.parts.invitations;
    let resend = invitations.resend_after.as_ref().map_or(RESEND_AFTER, |after| after.0);
    let give_up = invitations.give_up_after.as_ref().map_or(GIVE_UP_AFTER, |after| after.0);
    if !(RESEND_MIN..=RESEND_MAX).contains(&resend) {
        let text = "must be from \"1d\" to \"30d\"";
        found.push(program.places.error("invitations.resend_after", "resend_pace", text));
    }
    if give_up > GIVE_UP_MAX {
        found.push(program.places.error("invitations.give_up_after", "give_up_late", "must be at most \"90d\""));
    }
    if give_up < resend {
        let key = if invitations.give_up_after.is_some() { "give_up_after" } else { "resend_after" };
        let text =
            "an invitation cannot be given up before it is sent again: give_up_after must be at least resend_after";
        found.push(program.places.error(&format!("invitations.{key}"), "give_up_before_resend", text));
    }
}

fn deletion_follows_disabling(program: &Source<ProgramFile>, found: &mut Vec<ConfigProblem>) {
    let leavers = &program.parts.leavers;
    let deletes = leavers.delete_after.as_ref().is_some_and(|after| after.0.is_some());
    if deletes && leavers.disable == Disable::Never && program.places.is_whole("leavers.disable") {
        let text = "counts from the disabling, and nobody is disabled";
        found.push(program.places.error("leavers.delete_after", "delete_without_disable", text));
    }
}
