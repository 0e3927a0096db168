//! Programs made by hand, as small as a loader's headers allow.

/// A program and what its headers tell of it.
pub(super) struct Elf<'e> {
    pub(super) machine: u16,
    /// Versions of symbols, each with the symbols of it.
    pub(super) versions: &'e [(&'e str, &'e [&'e str])],
    /// What loads it; nothing, for one that is linked statically.
    pub(super) loader: Option<&'e str>,
    pub(super) has_sections: bool,
}

pub(super) const X86_64: u16 = 62;
pub(super) const AARCH64: u16 = 183;
const HEADER: usize = 64;
const SEGMENT: usize = 56;
const PT_DYNAMIC: u32 = 2;
const PT_INTERP: u32 = 3;
const STRTAB: u32 = 3;
const DYNSYM: u32 = 11;
const VERSYM: u32 = 0x6fff_ffff;
const VERNEED: u32 = 0x6fff_fffe;

impl Default for Elf<'_> {
    fn default() -> Self {
        Self { machine: X86_64, versions: &[], loader: Some("/lib64/ld-linux-x86-64.so.2"), has_sections: true }
    }
}

/// Texts that others point into.
struct Strings(Vec<u8>);

impl Strings {
    fn add(&mut self, text: &str) -> u32 {
        let at = self.0.len() as u32;
        self.0.extend(text.bytes().chain([0]));
        at
    }
}

macro_rules! put {
    ($into:expr, $($value:expr),+ $(,)?) => { $($into.extend($value.to_le_bytes());)+ };
}

impl Elf<'_> {
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut strings = Strings(vec![0]);
        let library = strings.add("libc.so.6");
        // The first symbol of every table is none.
        let (mut symbols, mut indices) = (vec![0; 24], vec![0, 0]);
        let mut needs = Vec::new();
        put!(needs, 1_u16, self.versions.len() as u16, library, 16_u32, 0_u32);
        for (number, (version, names)) in self.versions.iter().enumerate() {
            let (index, is_last) = (number as u16 + 2, number + 1 == self.versions.len());
            put!(needs, 0_u32, 0_u16, index, strings.add(version), if is_last { 0_u32 } else { 16 });
            for name in *names {
                put!(symbols, strings.add(name), 0x12_u8, 0_u8, 0_u16, 0_u64, 0_u64);
                put!(indices, index);
            }
        }
        let mut file = vec![0; HEADER + 2 * SEGMENT];
        let loader = strings.add(self.loader.unwrap_or_default());
        let mut place = |bytes: &[u8]| {
            file.resize(file.len().next_multiple_of(8), 0);
            let at = file.len() as u64;
            file.extend(bytes);
            (at, bytes.len() as u64)
        };
        let strings = (place(&strings.0), STRTAB, 0, 0);
        let symbols = (place(&symbols), DYNSYM, 1, 24);
        let indices = (place(&indices), VERSYM, 2, 2);
        let needs = (place(&needs), VERNEED, 1, 0);
        let mut dynamic = Vec::new();
        put!(dynamic, i64::from(VERNEED as i32), needs.0.0, 0_i64, 0_u64);
        let dynamic = place(&dynamic);

        let mut sections = vec![0; 64];
        for ((at, length), kind, link, entry) in [strings, symbols, indices, needs] {
            put!(sections, 0_u32, kind, 0_u64, 0_u64, at, length, link as u32, 1_u32, 8_u64, entry as u64);
        }
        let has_versions = !self.versions.is_empty();
        let (sections_at, _) = place(&sections);
        let count = if self.has_sections && has_versions { 5_u16 } else { 0 };

        let mut segments = Vec::new();
        let mut segment = |kind: u32, at: u64, length: u64| {
            put!(segments, kind, 4_u32, at, at, at, length, length, 8_u64);
        };
        if let Some(path) = self.loader {
            segment(PT_INTERP, strings.0.0 + u64::from(loader), path.len() as u64 + 1);
        }
        if has_versions {
            segment(PT_DYNAMIC, dynamic.0, dynamic.1);
        }
        let mut header = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
        put!(header, 3_u16, self.machine, 1_u32, 0_u64, HEADER as u64);
        put!(header, if count == 0 { 0 } else { sections_at }, 0_u32, HEADER as u16, SEGMENT as u16);
        put!(header, (segments.len() / SEGMENT) as u16, 64_u16, count, if count == 0 { 0_u16 } else { 1 });
        file[..HEADER].copy_from_slice(&header);
        file[HEADER..HEADER + segments.len()].copy_from_slice(&segments);
        file
    }
}
