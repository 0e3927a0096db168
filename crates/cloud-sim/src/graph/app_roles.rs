//! The app roles behind permissions, as the service principals of Microsoft Graph and of the Log Analytics API list them.

use super::Turn;
use super::call::{Answer, Call};
use super::query::page;
use super::refusal::Refusal;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use uuid::Uuid;

/// Microsoft Graph's service principal, in every tenant of this cloud.
const GRAPH: Uuid = Uuid::from_u128(0x0003);

/// The Log Analytics API's, and the name of its permission.
const LOGS: Uuid = Uuid::from_u128(0x0004);
const LOGS_READ: &str = "Data.Read";

/// Names and ids; those that are not listed are not shown.
const ROLES: [(&str, u128); 25] = [
    ("AdministrativeUnit.Read.All", 0x134fd756_38ce_4afd_ba33_e9623dbe66c2),
    ("AdministrativeUnit.ReadWrite.All", 0x5eb59dd3_1da2_4329_8733_9dabdc435916),
    ("Application.Read.All", 0x9a5d68dd_52b0_4cc2_bd40_abcf44ac3a30),
    ("AuditLog.Read.All", 0xb0afded3_3588_46d8_8b3d_9842eff778da),
    (LOGS_READ, 0xe8f6e161_84d0_4cd7_9441_2d46ec9ec3d5),
    ("Directory.Read.All", 0x7ab1d382_f21e_4acd_a863_ba3e13f7da61),
    ("Domain.Read.All", 0xdbb9058a_0e50_45d7_ae91_66909b5d4664),
    ("Group.Create", 0xbf7b1a76_6e77_406b_b258_bf5c7720e98f),
    ("Group.Read.All", 0x5b567255_7703_4780_807c_7be8301ae99b),
    ("Group.ReadWrite.All", 0x62a82d76_70ea_41e2_9197_370581804d09),
    ("GroupMember.Read.All", 0x98830695_27a2_44f7_8c18_0c3ebc9698f6),
    ("GroupMember.ReadWrite.All", 0xdbaae8cf_10b5_4b86_a4a1_f871c94c6695),
    ("Organization.Read.All", 0x498476ce_e0fe_48b0_b801_37ba7e2685c6),
    ("Policy.Read.All", 0x246dd0d5_5bd0_4def_940b_0421030a5b68),
    ("Policy.Read.B2BManagementPolicy", 0x227900ff_df89_40f8_90e2_8157cf6995d5),
    ("RoleAssignmentSchedule.Read.Directory", 0xd5fe8ce8_684c_4c83_a52c_46e882ce4be1),
    ("RoleEligibilitySchedule.Read.Directory", 0xff278e11_4a33_4d0c_83d2_d01dc58929a5),
    ("RoleManagement.Read.Directory", 0x483bed4a_2ad3_4361_a73b_c83ccdbdc53c),
    ("RoleManagement.ReadWrite.Directory", 0x9e3f62cf_ca93_4989_b6ce_bf83c28f9fe8),
    ("User.DeleteRestore.All", 0xeccc023d_eccf_4e7b_9683_8813ab36cecc),
    ("User.Invite.All", 0x09850681_111b_4a89_9bed_3f2cae46d706),
    ("User.Read.All", 0xdf021288_bdef_4463_88db_98f22de89214),
    ("User.ReadWrite.All", 0x741f803b_c850_494e_b5df_cde7c675a1ca),
    ("User.RevokeSessions.All", 0x77f3a031_c388_4f99_b373_dc68676a979e),
    ("UserAuthenticationMethod.Read.All", 0x38d9df27_64da_44fd_b7c5_a6fbac20248f),
];

/// What an application was given in the tenant: as it is now, whatever an older token says.
pub(crate) fn assigned(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    let key = turn.params.first().cloned().unwrap_or_default();
    let consent = Uuid::parse_str(&key).ok().and_then(|app| turn.tenant.consents.get(&app));
    let consent = consent.filter(|consent| !consent.withdrawn).ok_or_else(|| Refusal::not_found(&key))?;
    let principal = consent.service_principal;
    let given = ROLES.iter().filter(|(name, _)| consent.permissions.contains(*name));
    let mut ids: Vec<Uuid> = given.map(|(_, id)| Uuid::from_u128(*id)).collect();
    ids.sort_unstable();
    let logs = ROLES.iter().find(|(name, _)| *name == LOGS_READ).map(|(_, id)| Uuid::from_u128(*id));
    page(turn, call, "appRoleAssignments", &ids, |_, id| {
        let (resource, name) = if Some(id) == logs { (LOGS, "Log Analytics API") } else { (GRAPH, "Microsoft Graph") };
        json!({
            "id": URL_SAFE_NO_PAD.encode([*principal.as_bytes(), *id.as_bytes()].concat()),
            "appRoleId": id,
            "principalId": principal,
            "principalType": "ServicePrincipal",
            "resourceDisplayName": name,
            "resourceId": resource,
        })
    })
}
