use super::elf::Elf;
use super::*;
use crate::cli;
use crate::wiring::Doors;
use expect_test::{Expect, expect};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What `gatehouse package …` says in this folder, which is left out of it.
async fn package(scratch: &Scratch, line: &str) -> (u8, String, String) {
    let folder = format!("{}/", scratch.0.display());
    let args = format!("gatehouse package {}", line.replace("./", &folder));
    let args: Vec<_> = args.split_whitespace().map(Into::into).collect();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let none = Arc::new(BTreeMap::new());
    let status = cli::run(args, none, Doors::system(), &mut out, &mut err).await;
    let read = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(&folder, "./");
    (status, read(out), read(err))
}

#[tokio::test]
async fn what_to_do_with_a_package_is_told_with_its_own_paths() {
    let scratch = Scratch::new("told");
    let versions: &[(&str, &[&str])] = &[("GLIBC_2.25", &["getrandom"])];
    fs::write(scratch.0.join("program"), Elf { versions, ..Elf::default() }.bytes()).unwrap();
    let check = async |line: &str, told: Expect| {
        let (status, out, err) = package(&scratch, line).await;
        assert_eq!((status, &*err), (0, ""));
        told.assert_eq(&out);
    };
    check("azure --out ./app --program ./program", expect![[r#"
        The package for Azure Functions is in ./app, and as it is deployed in ./app.zip (0.0 MB; the program has 0.0 MB and needs glibc 2.25).
        Next:
          1. make the app and what it needs, once: infra/azure of the repository has the templates and says how
          2. store the configuration where the app reads it, now and after each change:
               gatehouse publish --config FOLDER --to az://ACCOUNT/CONTAINER/PREFIX
             Its [store] is one that every instance can write, such as az://ACCOUNT/CONTAINER/PREFIX: the app's own folder
             is read-only.
          3. tell the app, once, and add each secret that the configuration names as env:NAME:
               az functionapp config appsettings set --resource-group GROUP --name APP --settings \
                 GATEHOUSE_CONFIG=az://ACCOUNT/CONTAINER/PREFIX AZURE_CLIENT_ID=CLIENT_ID_OF_ITS_MANAGED_IDENTITY
          4. deploy, now and after each release:
               az functionapp deployment source config-zip --resource-group GROUP --name APP --src ./app.zip
          5. look whether it is up:
               curl https://APP.azurewebsites.net/api/v1/health
    "#]]).await;
    check("lambda --out ./function --program ./program", expect![[r#"
        The package for AWS Lambda is in ./function, and as it is deployed in ./function/bootstrap.zip (0.0 MB; the program has 0.0 MB and needs glibc 2.25).
        Next:
          1. store the configuration where the function reads it, now and after each change:
               gatehouse publish --config FOLDER --to s3://BUCKET/PREFIX
             Its [store] is one that lasts, such as s3://BUCKET/PREFIX.
          2. make the function and what it needs, once: infra/aws of the repository has the template for `sam deploy`, whose
             CodeUri is ./function/bootstrap.zip. By hand it is a function of runtime provided.al2023 and architecture x86_64 with
             the variables GATEHOUSE_CONFIG=s3://BUCKET/PREFIX, GATEHOUSE_QUEUE_URL, and each secret that the configuration
             names as env:NAME.
          3. deploy after each release:
               aws lambda update-function-code --function-name NAME --architectures x86_64 --zip-file fileb://./function/bootstrap.zip
          4. look whether it is up:
               curl https://FUNCTION_URL_OR_API/api/v1/health
    "#]]).await;
    for made in ["app/host.json", "app.zip", "function/bootstrap", "function/bootstrap.zip"] {
        assert!(scratch.0.join(made).is_file(), "{made}");
    }
}

#[tokio::test]
async fn a_program_that_would_not_start_is_packaged_by_whoever_insists() {
    let scratch = Scratch::new("insists");
    let versions: &[(&str, &[&str])] = &[("GLIBC_2.35", &["hypot"])];
    fs::write(scratch.0.join("program"), Elf { versions, ..Elf::default() }.bytes()).unwrap();
    for host in ["azure", "lambda"] {
        let line = format!("{host} --out ./{host}-out --program ./program");
        let (status, out, err) = package(&scratch, &line).await;
        assert!(status == 1 && out.is_empty() && err.starts_with("error: ./program needs more of glibc"), "{err}");
        assert!(!scratch.0.join(format!("{host}-out")).exists());
        let (status, _, err) = package(&scratch, &format!("{line} --any-glibc")).await;
        assert!(status == 0 && err.contains("warning: ./program needs more of glibc"), "{err}");
    }
}

#[tokio::test]
async fn a_folder_without_a_name_is_refused_before_anything_is_written() {
    let scratch = Scratch::new("nameless");
    fs::write(scratch.0.join("program"), Elf::default().bytes()).unwrap();
    fs::create_dir(scratch.0.join("empty")).unwrap();
    let (status, _, err) = package(&scratch, "azure --out ./empty/.. --program ./program").await;
    assert!(status == 1 && err.contains("no name of its own"), "{err}");
    assert_eq!(tree(&scratch.0), ["program"]);
}
