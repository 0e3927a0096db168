//! Graph's JSON into our objects.

use super::Found;
use super::models::{Account, Domain, KeyRestrictions, Method, MethodTargets, Registration, Schedule};
use crate::graph::answer::Answer;
use crate::graph::inviting::inner;
use crate::json::{self, Object, Wrong};
use uuid::Uuid;

fn answer(found: Found) -> Answer {
    Answer::Fitness(Box::new(found))
}

/// A user object.
pub(super) fn account(object: &Object) -> Result<Answer, Wrong> {
    Ok(answer(Found::Account(Account {
        id: json::guid(object, "id")?,
        user_principal_name: json::optional_text(object, "userPrincipalName")?,
        account_enabled: json::optional_bool(object, "accountEnabled")?,
        user_type: json::optional_text(object, "userType")?,
        creation_type: json::optional_text(object, "creationType")?,
        external_user_state: json::optional_text(object, "externalUserState")?,
        on_premises_sync_enabled: json::optional_bool(object, "onPremisesSyncEnabled")?,
        on_premises_immutable_id: json::optional_text(object, "onPremisesImmutableId")?,
        password_policies: json::optional_text(object, "passwordPolicies")?,
    })))
}

/// A user object with the times of its sign-ins. Whoever never signed in has none.
pub(super) fn last_sign_in(object: &Object) -> Result<Answer, Wrong> {
    json::guid(object, "id")?;
    let activity = inner(object, "signInActivity")?;
    let last = activity.map(|activity| json::optional_time(activity, "lastSuccessfulSignInDateTime")).transpose();
    Ok(answer(Found::LastSignIn(last.map_err(|wrong| wrong.inside("signInActivity"))?.flatten())))
}

/// An assignment of a role.
pub(super) fn schedule(object: &Object) -> Result<Schedule, Wrong> {
    Ok(Schedule {
        role: json::guid(object, "roleDefinitionId")?,
        scope: json::text(object, "directoryScopeId")?,
        assignment_type: json::optional_text(object, "assignmentType")?,
        member_type: json::optional_text(object, "memberType")?,
        ends: json::optional_time(object, "endDateTime")?,
    })
}

/// Something to sign in with.
pub(super) fn method(object: &Object) -> Result<Method, Wrong> {
    let kind = json::text(object, "@odata.type")?;
    let kind = kind.trim_start_matches('#').trim_start_matches("microsoft.graph.");
    let model = json::optional_text(object, "aaGuid")?;
    Ok(Method {
        kind: kind.trim_end_matches("AuthenticationMethod").to_owned(),
        created: json::optional_time(object, "createdDateTime")?,
        aa_guid: model.and_then(|text| Uuid::try_parse(&text).ok()),
        passkey_type: json::optional_text(object, "passkeyType")?,
    })
}

/// A line of the report of registrations.
pub(super) fn registration(object: &Object) -> Result<Answer, Wrong> {
    let registered = json::optional_bool(object, "isSsprRegistered")?;
    Ok(answer(Found::Registration(Registration {
        methods: json::texts(object, "methodsRegistered")?,
        is_sspr_registered: registered.ok_or_else(|| Wrong::at("isSsprRegistered", "truth value"))?,
    })))
}

/// A user's state in Entra ID Protection.
pub(super) fn risk(object: &Object) -> Result<Answer, Wrong> {
    Ok(answer(Found::Risk(json::text(object, "riskState")?)))
}

/// A domain.
pub(super) fn domain(object: &Object) -> Result<Answer, Wrong> {
    Ok(answer(Found::Domain(Domain {
        name: json::text(object, "id")?,
        authentication_type: json::optional_text(object, "authenticationType")?,
        password_validity_days: object.get("passwordValidityPeriodInDays").and_then(serde_json::Value::as_u64),
    })))
}

/// Security defaults.
pub(super) fn security_defaults(object: &Object) -> Result<Answer, Wrong> {
    let enabled = json::optional_bool(object, "isEnabled")?;
    Ok(answer(Found::SecurityDefaults(enabled.ok_or_else(|| Wrong::at("isEnabled", "truth value"))?)))
}

/// Who may use a method.
pub(super) fn method_targets(object: &Object) -> Result<Answer, Wrong> {
    let ids = |name: &str| json::each(json::optional_list(object, name)?, name, |target| json::text(target, "id"));
    let keys = inner(object, "keyRestrictions")?.map(key_restrictions).transpose();
    Ok(answer(Found::MethodTargets(MethodTargets {
        state: json::text(object, "state")?,
        include: ids("includeTargets")?,
        exclude: ids("excludeTargets")?,
        keys: keys.map_err(|wrong| wrong.inside("keyRestrictions"))?.flatten(),
    })))
}

fn key_restrictions(object: &Object) -> Result<Option<KeyRestrictions>, Wrong> {
    if json::optional_bool(object, "isEnforced")? != Some(true) {
        return Ok(None);
    }
    let model = |text: &String| Uuid::try_parse(text).map_err(|_| Wrong::at("aaGuids", "list of GUIDs"));
    Ok(Some(KeyRestrictions {
        enforcement_type: json::text(object, "enforcementType")?,
        aa_guids: json::texts(object, "aaGuids")?.iter().map(model).collect::<Result<_, _>>()?,
    }))
}
