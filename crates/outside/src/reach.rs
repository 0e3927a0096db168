//! Which addresses belong to the public Internet.
//!
//! Whoever names a host may also say where it stands. A name that leads into our own network, to this machine or to
//! the platform's metadata service would let a stranger speak with our voice there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What kind of place an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The public Internet.
    Public,
    /// This machine, or a network that is somebody's own: meant only where an operator named it.
    Private,
    /// Nothing that anybody means to call: metadata services, link-local and multicast addresses, and what is
    /// reserved.
    Never,
}

/// Whether the address belongs to the public Internet.
pub fn is_public(address: IpAddr) -> bool {
    reach(address) == Reach::Public
}

/// The kind of the address (registries "IANA IPv4 Special-Purpose Address Space" and "IANA IPv6 Special-Purpose
/// Address Space").
pub fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => reach_v6(address),
    }
}

/// The platform's own services behind addresses that look like any other: Azure's WireServer ("What is IP address
/// 168.63.129.16?", Microsoft Learn), and the metadata services of Alibaba Cloud and, in IPv6, of AWS.
const PLATFORM_V4: [Ipv4Addr; 2] = [Ipv4Addr::new(168, 63, 129, 16), Ipv4Addr::new(100, 100, 100, 200)];
const PLATFORM_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254);

fn reach_v4(address: Ipv4Addr) -> Reach {
    let [a, b, c, _] = address.octets();
    if PLATFORM_V4.contains(&address) {
        return Reach::Never;
    }
    match (a, b, c) {
        // "This network", link-local (with the metadata services at 169.254.169.254), and multicast and reserved.
        (0, ..) | (169, 254, _) | (224..=255, ..) => Reach::Never,
        // Protocol assignments, documentation, the old 6to4 relays, and benchmarks between networks.
        (192, 0, 0 | 2) | (192, 88, 99) | (198, 51, 100) | (203, 0, 113) | (198, 18 | 19, _) => Reach::Never,
        (10 | 127, ..) | (172, 16..=31, _) | (192, 168, _) | (100, 64..=127, _) => Reach::Private,
        _ => Reach::Public,
    }
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    if address == PLATFORM_V6 {
        return Reach::Never;
    }
    let segments = address.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match segments {
        [0, 0, 0, 0, 0, 0, 0, 1] => Reach::Private,
        // An IPv4 address in other clothes is what it is inside: mapped, and translated (NAT64).
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => reach_v4(v4(high, low)),
        // Unique local addresses.
        [0xfc00..=0xfdff, ..] => Reach::Private,
        // Teredo and other protocol assignments, documentation twice, and 6to4, which holds an IPv4 address.
        [0x2001, 0..=0x01ff, ..] | [0x2001, 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] | [0x2002, ..] => Reach::Never,
        // Everything that is the public Internet today is in here: not the unspecified address, link-local, multicast,
        // IPv4 in compatible form, local NAT64, or what is not given out yet.
        [0x2000..=0x3fff, ..] => Reach::Public,
        _ => Reach::Never,
    }
}

#[cfg(test)]
mod tests {
    use super::{Reach, is_public, reach};

    #[test]
    fn every_special_range_ends_where_it_ends() {
        use Reach::{Never, Private, Public};
        // First and last address of each range, and their neighbours outside where those are of another kind.
        for (kind, addresses) in [
            (Never, "0.0.0.0 0.255.255.255"),
            (Public, "1.0.0.0 9.255.255.255"),
            (Private, "10.0.0.0 10.255.255.255"),
            (Public, "11.0.0.0 100.63.255.255"),
            (Private, "100.64.0.0 100.100.100.199"),
            (Never, "100.100.100.200"),
            (Private, "100.100.100.201 100.127.255.255"),
            (Public, "100.128.0.0 126.255.255.255"),
            (Private, "127.0.0.0 127.0.0.1 127.255.255.255"),
            (Public, "128.0.0.0 168.63.129.15"),
            (Never, "168.63.129.16"),
            (Public, "168.63.129.17 169.253.255.255"),
            (Never, "169.254.0.0 169.254.169.254 169.254.255.255"),
            (Public, "169.255.0.0 172.15.255.255"),
            (Private, "172.16.0.0 172.31.255.255"),
            (Public, "172.32.0.0 191.255.255.255"),
            (Never, "192.0.0.0 192.0.0.255"),
            (Public, "192.0.1.0 192.0.1.255"),
            (Never, "192.0.2.0 192.0.2.255"),
            (Public, "192.0.3.0 192.88.98.255"),
            (Never, "192.88.99.0 192.88.99.255"),
            (Public, "192.88.100.0 192.167.255.255"),
            (Private, "192.168.0.0 192.168.255.255"),
            (Public, "192.169.0.0 198.17.255.255"),
            (Never, "198.18.0.0 198.19.255.255"),
            (Public, "198.20.0.0 198.51.99.255"),
            (Never, "198.51.100.0 198.51.100.255"),
            (Public, "198.51.101.0 203.0.112.255"),
            (Never, "203.0.113.0 203.0.113.255"),
            (Public, "203.0.114.0 223.255.255.255"),
            (Never, "224.0.0.0 239.255.255.255 240.0.0.0 255.255.255.255"),
            (Never, ":: ::2 ::127.0.0.1 ::8.8.8.8"),
            (Private, "::1 ::ffff:10.0.0.1 ::ffff:127.0.0.1"),
            (Never, "::ffff:169.254.169.254 ::ffff:0.0.0.0"),
            (Public, "::ffff:8.8.8.8 64:ff9b::8.8.8.8"),
            (Private, "64:ff9b::10.0.0.1 64:ff9b::127.0.0.1"),
            (Never, "64:ff9b::169.254.169.254 64:ff9b:1::1 100::1"),
            (Never, "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            (Public, "2000:: 2001:200:: 2001:db7:ffff:: 2001:db9::"),
            (Never, "2001:: 2001:0:4136:e378:: 2001:1ff:ffff::"),
            (Never, "2001:db8:: 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
            (Public, "2001:ffff:ffff:: 2003::"),
            (Never, "2002:: 2002:7f00:1:: 2002:ffff:ffff::"),
            (Public, "2606:4700::1111 3ffe:ffff:: 3fff:1000::"),
            (Never, "3fff:: 3fff:fff:ffff:: 4000::"),
            (Never, "fbff:ffff::"),
            (Private, "fc00:: fd00:ec2::253 fd00:ec2::255 fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            (Never, "fd00:ec2::254 fe00:: fe80::1 febf:: fec0:: ff00:: ff02::1"),
        ] {
            for address in addresses.split(' ') {
                let address = address.parse().expect("an address");
                assert_eq!(reach(address), kind, "{address}");
                assert_eq!(is_public(address), kind == Public, "{address}");
            }
        }
    }
}
