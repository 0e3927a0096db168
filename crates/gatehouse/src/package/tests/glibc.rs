use super::elf::Elf;
use super::*;
use crate::package::program::SIZE_MAX;
use expect_test::expect;

fn package(host: Host, versions: &[(&str, &[&str])], any_glibc: bool) -> Result<Package, String> {
    let scratch = Scratch::new(&format!("glibc-{host:?}-{}-{any_glibc}", versions.first().map_or("", |need| need.0)));
    Package::new(host, scratch.program(&Elf { versions, ..Elf::default() }.bytes()).unwrap(), any_glibc)
}

#[test]
fn a_program_that_needs_a_newer_glibc_than_its_host_has_is_not_packaged() {
    let check = |version: &str, azure: bool, lambda: bool| {
        for (host, fits) in [(Host::Azure, azure), (Host::Lambda, lambda)] {
            let made = package(host, &[("GLIBC_2.2.5", &["read"]), (version, &["something"])], false);
            assert_eq!(made.is_ok(), fits, "{version} on {host:?}");
        }
    };
    check("GLIBC_2.3.4", true, true);
    check("GLIBC_2.26", true, true);
    check("GLIBC_2.27", false, true);
    check("GLIBC_2.34", false, true);
    check("GLIBC_2.35", false, false);
    check("GLIBC_2.100", false, false);
    check("GLIBC_3.0", false, false);
    // No numbers, but needed all the same: newer than 2.34, and of one build of the library.
    check("GLIBC_ABI_DT_RELR", false, false);
    check("GLIBC_PRIVATE", false, false);
    // Of another library.
    check("GCC_4.2.0", true, true);
}

#[test]
fn a_program_that_is_linked_statically_fits_everywhere() {
    let scratch = Scratch::new("static");
    let program = scratch.program(&Elf { loader: None, ..Elf::default() }.bytes()).unwrap();
    assert_eq!(program.needs.highest(), None);
    Package::new(Host::Azure, program, false).unwrap();
}

#[test]
fn what_is_needed_is_told_with_the_symbols_and_what_to_do() {
    let names = ["dlsym", "pthread_create", "pthread_join", "pthread_detach", "pthread_getname_np", "stat", "fstat"];
    let versions: &[(&str, &[&str])] = &[
        ("GLIBC_2.17", &["clock_gettime"]),
        ("GLIBC_2.28", &["statx"]),
        ("GLIBC_2.34", &names),
        ("GLIBC_ABI_DT_RELR", &[]),
    ];
    let error = package(Host::Azure, versions, false).err().unwrap();
    let (_, told) = error.split_once("/program ").unwrap();
    let text = expect![
        "needs more of glibc than the 2.26 that Azure Functions is known to have: GLIBC_ABI_DT_RELR, GLIBC_2.34 (dlsym, pthread_create, pthread_join, pthread_detach, pthread_getname_np and 2 more), GLIBC_2.28 (statx). Build it with infra/build, which links for 2.26; --any-glibc packages it as it is"
    ];
    text.assert_eq(told);
    // Whoever wants it all the same is told the same.
    let package = package(Host::Azure, versions, true).unwrap();
    let [warning] = package.warnings() else { panic!("{:?}", package.warnings()) };
    let (_, warned) = warning.split_once("/program ").unwrap();
    assert!(told.starts_with(warned), "{warned}");
}

#[test]
fn a_program_whose_needs_cannot_be_told_is_refused_whatever_is_asked() {
    let check = |name: &str, program: Elf<'_>, expected: &str| {
        let error = Scratch::new(name).program(&program.bytes()).err().unwrap();
        assert!(error.contains(expected), "{error}");
    };
    let versions: &[(&str, &[&str])] = &[("GLIBC_2.2.5", &["read"])];
    check("musl", Elf { loader: Some("/lib/ld-musl-x86_64.so.1"), ..Elf::default() }, "not loaded by glibc");
    check("stripped", Elf { versions, has_sections: false, ..Elf::default() }, "section headers were taken out");
}

#[test]
fn a_program_that_starts_slowly_for_its_size_is_packaged_with_a_warning() {
    let warnings = |size: usize| {
        let mut program = Scratch::new(&format!("size-{size}")).program(&Elf::default().bytes()).unwrap();
        program.bytes.resize(size, 0);
        Package::new(Host::Lambda, program, false).unwrap().warnings().to_vec()
    };
    assert_eq!(warnings(SIZE_MAX), [""; 0]);
    let large = warnings(SIZE_MAX + 100_000);
    assert!(large.len() == 1 && large[0].contains("has 25.1 MB, more than the 25 MB"), "{large:?}");
    assert_eq!(warnings(SIZE_MAX + 1).len(), 1);
}
