//! Mail addresses of people who ask, approve and are invited.

/// The longest part before the @, in bytes (RFC 5321).
pub const LOCAL_BYTES_MAX: usize = 64;
/// The longest address, in bytes: what a mail's envelope can carry (RFC 5321).
pub const EMAIL_BYTES_MAX: usize = 254;

/// The address in the one form in which it is stored, invited and compared with a customer's domains: the domain in
/// lower case and IDNA's ASCII form, the part before the @ as written. `None`: it is no address that can be invited.
///
/// Narrower than RFC 5322: no quoted parts, no comments, no address literals, no letters outside ASCII before the @,
/// no trailing dot. Each of these has been used to make an address that one program reads otherwise than another.
pub fn mail(text: &str) -> Option<String> {
    let (local, domain) = text.split_once('@')?;
    let fits = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    let dots = local.starts_with('.') || local.ends_with('.') || local.contains("..");
    if local.is_empty() || local.len() > LOCAL_BYTES_MAX || dots || !local.chars().all(fits) {
        return None;
    }
    // The longer the text, the longer IDNA takes: a domain has 253 characters at most, of 4 bytes.
    if domain.len() > 4 * EMAIL_BYTES_MAX {
        return None;
    }
    let domain = idna::domain_to_ascii_strict(domain).ok()?;
    let address = format!("{local}@{domain}");
    let is_domain = domain.contains('.') && !domain.ends_with('.');
    (is_domain && address.len() <= EMAIL_BYTES_MAX).then_some(address)
}

/// The domain of an address that [`mail`] made.
pub(super) fn domain(address: &str) -> &str {
    address.rsplit_once('@').map_or("", |(_, domain)| domain)
}

/// What two addresses of one person have in common: no capitals, and nothing from a `+` on. It is used to keep people
/// from deciding about themselves, so it calls rather too many addresses the same than too few.
pub(super) fn person(address: &str) -> String {
    let address = address.trim();
    let known = mail(address).unwrap_or_else(|| address.to_owned()).to_lowercase();
    match known.split_once('@') {
        Some((local, domain)) => {
            let plain = local.split_once('+').map_or(local, |(plain, _)| plain);
            format!("{plain}@{domain}")
        }
        None => known,
    }
}

/// Whether two addresses may be one person's: for whatever needs two different people.
pub fn may_be_one_person(one: &str, other: &str) -> bool {
    person(one) == person(other)
}

/// Whether two addresses are the same but for capitals.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    let folded = |text: &str| mail(text.trim()).unwrap_or_else(|| text.trim().to_owned()).to_lowercase();
    folded(one) == folded(other)
}
