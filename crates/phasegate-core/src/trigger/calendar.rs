//! Calendar days in a named time zone, with their real lengths: 23 hours in spring, 25 in autumn.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone as _};
use chrono_tz::Tz;

use crate::Timestamp;

/// A calendar day: from its first moment to the first one of the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Day {
    pub start: Timestamp,
    pub end: Timestamp,
}

/// The day that a moment falls in. None where the calendar ends, in 1677 and 2262.
pub(super) fn day_of(moment: Timestamp, zone: Tz) -> Option<Day> {
    let local = DateTime::from_timestamp_nanos(moment.unix_nanos()).with_timezone(&zone);
    let date = local.date_naive();
    let day = Day {
        start: first_moment(date, zone)?,
        end: first_moment(date.checked_add_days(Days::new(1))?, zone)?,
    };
    Some(day)
}

/// Shifts are of whole minutes, and a zone that moved over the date line has left out a whole day.
const LONGEST_GAP_MINUTES: i64 = 25 * 60;

/// The first moment of a day. Midnight may not exist (clocks go forward over it), or exist twice.
fn first_moment(date: NaiveDate, zone: Tz) -> Option<Timestamp> {
    let midnight = date.and_time(NaiveTime::MIN);
    for minutes in 0..=LONGEST_GAP_MINUTES {
        let local = midnight.checked_add_signed(TimeDelta::minutes(minutes))?;
        if let Some(moment) = zone.from_local_datetime(&local).earliest() {
            return moment.timestamp_nanos_opt().map(Timestamp::from_unix_nanos);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The day of a moment; python 3.11 zoneinfo, datetime(y, m, d, tzinfo=ZoneInfo(zone)) in UTC.
    #[track_caller]
    fn check(zone: &str, moment: &str, start: &str, end: &str) {
        let zone: Tz = zone.parse().expect("a zone");
        let moment: Timestamp = moment.parse().expect("a moment");
        let day = day_of(moment, zone).expect("a day");
        assert_eq!((day.start.to_string().as_str(), day.end.to_string().as_str()), (start, end));
        assert_eq!(day_of(day.start, zone), Some(day));
        let last = Timestamp::from_unix_nanos(day.end.unix_nanos() - 1);
        assert_eq!(day_of(last, zone), Some(day));
    }

    #[test]
    fn days_are_as_long_as_they_are() {
        check("UTC", "2026-03-01T10:00:00Z", "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z");
        // 23 hours: clocks went forward at 02:00.
        check(
            "Europe/Berlin",
            "2026-03-29T10:00:00Z",
            "2026-03-28T23:00:00Z",
            "2026-03-29T22:00:00Z",
        );
        // 25 hours.
        check(
            "America/New_York",
            "2026-11-01T12:00:00Z",
            "2026-11-01T04:00:00Z",
            "2026-11-02T05:00:00Z",
        );
        // No midnight: clocks went from 00:00 to 01:00.
        check(
            "America/Santiago",
            "2025-09-07T12:00:00Z",
            "2025-09-07T04:00:00Z",
            "2025-09-08T03:00:00Z",
        );
        // No 30th of December: Samoa went over the date line.
        check(
            "Pacific/Apia",
            "2011-12-30T09:00:00Z",
            "2011-12-29T10:00:00Z",
            "2011-12-30T10:00:00Z",
        );
    }
}
