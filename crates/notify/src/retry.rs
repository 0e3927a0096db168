//! When a message that was not taken is sent again.

use jiff::{SignedDuration, Timestamp};

/// A message that was not taken for so long is given up.
pub const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// The longest pause that a service's `Retry-After` can ask for.
pub const RETRY_AFTER_MAX: SignedDuration = SignedDuration::from_hours(1);

/// The pauses after the first attempts, in seconds; then the last one for ever.
const PAUSES: [i64; 5] = [1, 5, 30, 120, 300];

/// How far chance moves a pause, either way.
const JITTER: f64 = 0.2;

/// The pause after this many attempts: 1 s, 5 s, 30 s, 2 min, then 5 min each, moved by up to 20 % by `fraction` (from 0
/// to 1), and no shorter than the service asked for.
pub fn pause(attempts: u32, fraction: f64, asked: Option<SignedDuration>) -> SignedDuration {
    let index = (attempts.max(1) as usize - 1).min(PAUSES.len() - 1);
    let ours = SignedDuration::from_secs(PAUSES[index]).as_secs_f64() * (1.0 + JITTER * (2.0 * fraction - 1.0));
    SignedDuration::from_millis((ours * 1000.0) as i64).max(asked.unwrap_or_default().min(RETRY_AFTER_MAX))
}

/// When a message that was made at `made` is sent again, after this many attempts of which the last ended `now`; `None`:
/// it is given up, 24 hours after it was made. `fraction` and `asked` are those of [`pause`].
///
/// This one rule holds for everything that is sent to people and to their systems.
pub fn next_attempt(
    made: Timestamp,
    attempts: u32,
    fraction: f64,
    asked: Option<SignedDuration>,
    now: Timestamp,
) -> Option<Timestamp> {
    (now < made + GIVE_UP_AFTER).then(|| now + pause(attempts, fraction, asked))
}
