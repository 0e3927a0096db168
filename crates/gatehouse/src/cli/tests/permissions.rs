//! `gatehouse permissions`, on the demo's configuration.

use super::Terminal;
use expect_test::expect;
use serde_json::Value;
use std::fs;

impl Terminal {
    /// Puts lines above those of a file of the configuration.
    fn prepend(&self, file: &str, text: &str) {
        let path = self.home.folder.join(file);
        let before = fs::read_to_string(&path).unwrap_or_default();
        fs::write(path, format!("{text}\n{before}")).unwrap();
    }
}

const AUDIT: &str = "[apps.audit]
client_id = '33333333-3333-4333-8333-333333333333'
credential = { certificate = 'env:AUDIT' }
permissions = 'read'";

#[tokio::test]
async fn each_app_and_the_partner_are_told_what_to_give() {
    let terminal = Terminal::new();
    terminal.prepend("gatehouse.toml", AUDIT);
    terminal.prepend("customers/wingtip.toml", "app = 'audit'");
    terminal
        .prepend("customers/adatum.toml", "rights = 'scoped'\nscoped_to = ['cccccccc-0000-4000-8000-000000000001']");
    let all = terminal.check("permissions", 0).await;
    expect![[r#"
        the partner's own tenant 11111111-1111-4111-8111-111111111111 gives to [app]
          given to its service principal there, and not listed in the registration: customers would be asked
          for it too

          needed (2 permissions)
            GroupMember.Read.All  98830695-27a2-44f7-8c18-0c3ebc9698f6
              `members`, `except`: who is in those groups, and what changed in them; `requests`: who is in
              the groups of approvers and requesters
            User.Read.All         df021288-bdef-4463-88db-98f22de89214
              `members`, `except`: who was disabled or deleted, and what people are called; `requests`: who
              has an address, and which groups they are in

          optional: the rest works without (1 permission)
            Group.Read.All  5b567255-7703-4780-807c-7be8301ae99b
              change notifications of groups, which only make things sooner

        the registration of [app] (22222222-2222-4222-8222-222222222222) lists, for adatum, contoso,
        fabrikam, tailspin

          needed (13 permissions)
            AdministrativeUnit.ReadWrite.All  5eb59dd3-1da2-4329-8733-9dabdc435916
              `units`: adding members and removing them; `units`: what they are and who is in them; which
              groups are in that unit; `rights`: who and what is in those units
            Application.Read.All              9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30
              `rights`: our own service principal; whether our app holds a role in a restricted management
              unit of a target
            AuditLog.Read.All                 b0afded3-3588-46d8-8b3d-9842eff778da
              `break_glass.accounts`: sign-ins, changes, and what they registered
            Domain.Read.All                   dbb9058a-0e50-45d7-ae91-66909b5d4664
              `break_glass.accounts`: how their domain authenticates
            Group.Create                      bf7b1a76-6e77-406b-b258-bf5c7720e98f
              `groups = [{ name, create }]`: making the group
            GroupMember.Read.All              98830695-27a2-44f7-8c18-0c3ebc9698f6
              `groups`: what they are, who is in them and who owns them; `packages`: what else a guest is
              in, before a step on the guest; `break_glass.accounts`: the groups that Conditional Access
              excludes
            GroupMember.ReadWrite.All         dbaae8cf-10b5-4b86-a4a1-f871c94c6695
              `groups`: adding members and removing them
            Organization.Read.All             498476ce-e0fe-48b0-b801-37ba7e2685c6
              that this is the customer's tenant, and which domains are its own
            Policy.Read.All                   246dd0d5-5bd0-4def-940b-0421030a5b68
              `groups`: whether a Conditional Access policy excludes one of them; `break_glass.accounts`:
              Conditional Access, security defaults, methods; `requests`: who may invite guests, and the
              cross-tenant access settings
            RoleManagement.Read.Directory     483bed4a-2ad3-4361-a73b-c83ccdbdc53c
              `groups`: whether one of them holds a directory role; `rights`: which roles it holds, and
              within which units; `break_glass.accounts`: how they hold their role, and who else does
            User.EnableDisableAccount.All     3011c876-62b7-4ada-afa2-506cbbecc68c
              `leavers.disable`: disabling guests of ours, and enabling them again
            User.Invite.All                   09850681-111b-4a89-9bed-3f2cae46d706
              `domains`: inviting
            User.Read.All                     df021288-bdef-4463-88db-98f22de89214
              `packages`: who is a guest already, those in the bin too; `break_glass.accounts`: the
              accounts, their groups and devices; `requests`: who has an address, and which groups approvers
              are in

          optional: the rest works without (5 permissions)
            Directory.Read.All                 7ab1d382-f21e-4acd-a863-ba3e13f7da61
              `gatehouse audit break-glass`: what they own and consented to
            IdentityRiskyUser.Read.All         dc5007c0-2d7d-4c42-879c-2dab87571379
              `gatehouse audit break-glass`: their risk (Entra ID P2)
            Policy.Read.B2BManagementPolicy    227900ff-df89-40f8-90e2-8157cf6995d5
              `requests`: the list of mail domains that may be invited, or may not
            User.RevokeSessions.All            77f3a031-c388-4f99-b373-dc68676a979e
              `gatehouse leave`: ending the sessions of guests of ours
            UserAuthenticationMethod.Read.All  38d9df27-64da-44fd-b7c5-a6fbac20248f
              `gatehouse audit break-glass`: what they sign in with

        the registration of [apps.audit] (33333333-3333-4333-8333-333333333333) lists, for wingtip

          needed (5 permissions)
            GroupMember.Read.All           98830695-27a2-44f7-8c18-0c3ebc9698f6
              `groups`: what they are, who is in them and who owns them; `packages`: what else a guest is
              in, before a step on the guest
            Organization.Read.All          498476ce-e0fe-48b0-b801-37ba7e2685c6
              that this is the customer's tenant, and which domains are its own
            Policy.Read.All                246dd0d5-5bd0-4def-940b-0421030a5b68
              `groups`: whether a Conditional Access policy excludes one of them
            RoleManagement.Read.Directory  483bed4a-2ad3-4361-a73b-c83ccdbdc53c
              `groups`: whether one of them holds a directory role
            User.Read.All                  df021288-bdef-4463-88db-98f22de89214
              `packages`: who is a guest already, those in the bin too

          optional: the rest works without (2 permissions)
            AdministrativeUnit.Read.All  134fd756-38ce-4afd-ba33-e9623dbe66c2
              which groups are in that unit
            Application.Read.All         9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30
              whether our app holds a role in a restricted management unit of a target

        customer adatum (tenant 77777777-7777-4777-8777-777777777777) gives to [app]
          its app lists besides, for other customers: AdministrativeUnit.ReadWrite.All, AuditLog.Read.All,
          Domain.Read.All, Group.Create, GroupMember.ReadWrite.All, User.EnableDisableAccount.All,
          Directory.Read.All, IdentityRiskyUser.Read.All, Policy.Read.B2BManagementPolicy,
          User.RevokeSessions.All, UserAuthenticationMethod.Read.All

          needed (8 permissions)
            AdministrativeUnit.Read.All    134fd756-38ce-4afd-ba33-e9623dbe66c2
              `rights`: who and what is in those units
            Application.Read.All           9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30
              `rights`: our own service principal
            GroupMember.Read.All           98830695-27a2-44f7-8c18-0c3ebc9698f6
              `groups`: what they are, who is in them and who owns them; `packages`: what else a guest is
              in, before a step on the guest
            Organization.Read.All          498476ce-e0fe-48b0-b801-37ba7e2685c6
              that this is the customer's tenant, and which domains are its own
            Policy.Read.All                246dd0d5-5bd0-4def-940b-0421030a5b68
              `groups`: whether a Conditional Access policy excludes one of them
            RoleManagement.Read.Directory  483bed4a-2ad3-4361-a73b-c83ccdbdc53c
              `groups`: whether one of them holds a directory role; `rights`: which roles it holds, and
              within which units
            User.Invite.All                09850681-111b-4a89-9bed-3f2cae46d706
              `domains`: inviting
            User.Read.All                  df021288-bdef-4463-88db-98f22de89214
              `packages`: who is a guest already, those in the bin too

          directory roles of the app's service principal, given by a Privileged Role Administrator
            Directory Readers in the whole tenant: without it the others have no effect
              az rest --method POST --url https://graph.microsoft.com/v1.0/roleManagement/directory/roleAssignments --body '{"principalId":"<object id of the enterprise application of 22222222-2222-4222-8222-222222222222>","roleDefinitionId":"88d8e3e3-8f55-4a1e-953a-9b9898b8876b","directoryScopeId":"/"}'
            Groups Administrator within unit cccccccc-0000-4000-8000-000000000001: where the unit holds
            groups of `groups`: adding members and removing them
              az rest --method POST --url https://graph.microsoft.com/v1.0/roleManagement/directory/roleAssignments --body '{"principalId":"<object id of the enterprise application of 22222222-2222-4222-8222-222222222222>","roleDefinitionId":"fdd7a751-b60b-444a-984c-02652fe8fa1c","directoryScopeId":"/administrativeUnits/cccccccc-0000-4000-8000-000000000001"}'
            User Administrator within unit cccccccc-0000-4000-8000-000000000001: where the unit holds
            guests: `leavers`
              az rest --method POST --url https://graph.microsoft.com/v1.0/roleManagement/directory/roleAssignments --body '{"principalId":"<object id of the enterprise application of 22222222-2222-4222-8222-222222222222>","roleDefinitionId":"fe930be7-5e62-47db-91af-98c3a49a38b1","directoryScopeId":"/administrativeUnits/cccccccc-0000-4000-8000-000000000001"}'
    "#]].assert_eq(&all.out);
    expect![[r#"
        customer wingtip (tenant 88888888-8888-4888-8888-888888888888) gives to [apps.audit]

          needed (5 permissions)
            GroupMember.Read.All           98830695-27a2-44f7-8c18-0c3ebc9698f6
              `groups`: what they are, who is in them and who owns them; `packages`: what else a guest is
              in, before a step on the guest
            Organization.Read.All          498476ce-e0fe-48b0-b801-37ba7e2685c6
              that this is the customer's tenant, and which domains are its own
            Policy.Read.All                246dd0d5-5bd0-4def-940b-0421030a5b68
              `groups`: whether a Conditional Access policy excludes one of them
            RoleManagement.Read.Directory  483bed4a-2ad3-4361-a73b-c83ccdbdc53c
              `groups`: whether one of them holds a directory role
            User.Read.All                  df021288-bdef-4463-88db-98f22de89214
              `packages`: who is a guest already, those in the bin too

          optional: the rest works without (2 permissions)
            AdministrativeUnit.Read.All  134fd756-38ce-4afd-ba33-e9623dbe66c2
              which groups are in that unit
            Application.Read.All         9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30
              whether our app holds a role in a restricted management unit of a target
    "#]]
    .assert_eq(&terminal.check("permissions wingtip", 0).await.out);
    let json: Value = serde_json::from_str(&terminal.check("permissions --format json", 0).await.out).unwrap();
    assert_eq!(json["apps"][1]["name"], "audit");
    assert!(json["apps"][1]["permissions"].as_array().unwrap().iter().all(|one| one["writes"] == false));
    assert_eq!(json["partner"]["permissions"][0]["app_role"], "98830695-27a2-44f7-8c18-0c3ebc9698f6");
}

#[tokio::test]
async fn a_manifest_is_what_the_registration_of_one_app_takes() {
    let terminal = Terminal::new();
    let alone = terminal.check("permissions --format manifest wingtip", 0).await;
    expect![[r#"
        {
          "requiredResourceAccess": [
            {
              "resourceAccess": [
                {
                  "id": "98830695-27a2-44f7-8c18-0c3ebc9698f6",
                  "type": "Role"
                },
                {
                  "id": "498476ce-e0fe-48b0-b801-37ba7e2685c6",
                  "type": "Role"
                },
                {
                  "id": "246dd0d5-5bd0-4def-940b-0421030a5b68",
                  "type": "Role"
                },
                {
                  "id": "483bed4a-2ad3-4361-a73b-c83ccdbdc53c",
                  "type": "Role"
                },
                {
                  "id": "df021288-bdef-4463-88db-98f22de89214",
                  "type": "Role"
                }
              ],
              "resourceAppId": "00000003-0000-0000-c000-000000000000"
            }
          ]
        }
    "#]]
    .assert_eq(&alone.out);
    let count = |text: &str| {
        let manifest: Value = serde_json::from_str(text).unwrap();
        manifest["requiredResourceAccess"][0]["resourceAccess"].as_array().unwrap().len()
    };
    let more = terminal.check("permissions --format manifest wingtip --with Application.Read.All", 0).await;
    assert_eq!(count(&more.out), count(&alone.out) + 1);
    let all = terminal.check("permissions --format manifest wingtip --with all", 0).await;
    assert!(count(&all.out) > count(&more.out));

    let stray = terminal.check("permissions --format manifest wingtip --with User.Invite.All", 1).await;
    expect![[r#"
        error: User.Invite.All is not among what is optional for [app]

        hint: optional are: AdministrativeUnit.Read.All, Application.Read.All
    "#]]
    .assert_eq(&stray.err);
    terminal.check("permissions --with all", 1).await;
    terminal.prepend("gatehouse.toml", AUDIT);
    terminal.prepend("customers/wingtip.toml", "app = 'audit'");
    let both = terminal.check("permissions --format manifest", 1).await;
    expect![[r#"
        error: a manifest is that of one app, and there are default, audit

        hint: name it: --app NAME
    "#]]
    .assert_eq(&both.err);
    assert_eq!(terminal.check("permissions --format manifest --app audit", 0).await.out, alone.out);
    expect![[r#"
        error: there is no app adit

        hint: there are default, audit
    "#]]
    .assert_eq(&terminal.check("permissions --app adit", 1).await.err);
    expect![[r#"
        error: customer adatum consents to another app
    "#]]
    .assert_eq(&terminal.check("permissions adatum --app audit", 1).await.err);
}

#[tokio::test(start_paused = true)]
async fn each_customer_is_signed_in_to_as_the_app_that_it_names() {
    let app = uuid::Uuid::from_u128(0x33333333_3333_4333_8333_333333333333);
    let wingtip = uuid::Uuid::from_u128(0x88888888_8888_4888_8888_888888888888);
    let terminal = Terminal::new();
    terminal
        .prepend("gatehouse.toml", &AUDIT.replace("{ certificate = 'env:AUDIT' }", "{ client_secret = 'env:AUDIT' }"));
    terminal.prepend("customers/wingtip.toml", "app = 'audit'");
    let missing = terminal.check("plan adatum", 1).await;
    expect![[r#"
        error: [apps.audit] credential: the variable AUDIT is not set

        hint: gatehouse.toml says where secrets and state are: env:NAME is a variable of this command,
              file:PATH a file or folder, seen from gatehouse.toml
    "#]]
    .assert_eq(&missing.err);

    let mut terminal = terminal;
    terminal.env.insert("AUDIT".into(), "the secret of the other app".into());
    let sim = &terminal.home.world.sim;
    sim.app(app).secret("the secret of the other app");
    let refused = terminal.check("plan wingtip", 1).await;
    assert!(refused.out.contains(&format!("client_id={app}")), "{}\n{}", refused.out, refused.err);
    let needed = terminal.check("permissions wingtip --format json", 0).await;
    let needed: Value = serde_json::from_str(&needed.out).unwrap();
    let names =
        needed["customers"][0]["permissions"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap());
    sim.tenant(wingtip, "wingtip.onmicrosoft.com").consent(app, &names.collect::<Vec<_>>());
    terminal.check("plan wingtip", 0).await;
    terminal.check("plan adatum", 0).await;
}
