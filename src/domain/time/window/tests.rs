use proptest::prelude::*;

use super::*;

fn at(s: &str) -> Instant {
    parse_record_time(s).unwrap()
}

fn window(from: &str, until: &str) -> Window {
    Window::new(at(from), at(until)).unwrap()
}

#[test]
fn an_interval_has_its_beginning_and_not_its_end() {
    let w = window("2023-02-24 18:00", "2023-02-24 20:00");
    assert!(w.contains(w.from()) && !w.contains(w.until()));
    assert!(w.contains(at("2023-02-24 19:59:59.999999")));
    assert_eq!(w.widen(10, 60), window("2023-02-24 17:50", "2023-02-24 21:00"));
    assert_eq!(
        Window::new(w.until(), w.from()),
        Err(TimeError::EmptyWindow { from: w.until(), until: w.from() })
    );
    assert!(Window::new(w.from(), w.from()).is_err());
}

#[test]
fn an_interval_is_split_at_the_right_slash() {
    let w = window("2023-02-24 18:00", "2023-02-25 00:00");
    for s in "2023-02-24 18:00/2023-02-25 00:00|2023/2/24 18:00/2023/2/25 0:00|\
        2023/02/24 18:00:00 / 2023/02/25 00:00:00|\
        2023-02-24T18:00:00+09:00/2023-02-24T15:00:00Z|\
        2023/2/24 18:00/2023-02-25T00:00:00+09:00|2023-02-24 18:00:00.0/2023/2/25 0:00|\
        ２０２３／２／２４　１８：００／２０２３／２／２５　０：００"
        .split('|')
    {
        assert_eq!(s.parse(), Ok(w), "{s}");
    }
    for s in "|/|2023-02-24 18:00|2023-02-24/2023-02-25|2023/2/24 18:00|:".split('|') {
        let refused = s.parse::<Window>();
        assert!(matches!(refused, Err(TimeError::NotAWindow { .. })), "{s} {refused:?}");
    }
    assert_eq!(
        "2023-02-24 18:00/2023-02-30 00:00".parse::<Window>(),
        Err(TimeError::NoSuchDay { value: "2023-02-30 00:00".into() })
    );
    assert!(matches!("2023-02-24 18:00/".parse::<Window>(), Err(TimeError::Unreadable { .. })));
    assert!(matches!(
        "2023-02-25 18:00/2023-02-24 00:00".parse::<Window>(),
        Err(TimeError::EmptyWindow { .. })
    ));
}

#[test]
fn joined_intervals_cover_and_a_gap_does_not() {
    let whole = window("2023-02-24 18:00", "2023-02-24 20:00");
    let first = window("2023-02-24 17:00", "2023-02-24 19:00");
    let second = window("2023-02-24 19:00", "2023-02-24 21:00");
    let late = window("2023-02-24 19:00:00.000001", "2023-02-24 21:00");
    assert!(covers(&[second, first], whole));
    assert!(covers(&[whole], whole));
    assert!(!covers(&[first, late], whole));
    assert!(!covers(&[first], whole) && !covers(&[second], whole) && !covers(&[], whole));
}

fn small_window() -> impl Strategy<Value = Window> {
    (0_i64..12, 1_i64..6).prop_map(|(from, length)| {
        let until = Instant::from_micros(from + length);
        Window::new(Instant::from_micros(from), until).unwrap()
    })
}

proptest! {
    #[test]
    fn covers_agrees_with_looking_at_each_moment(
        intervals in prop::collection::vec(small_window(), 0..6),
        whole in small_window(),
    ) {
        let each = (whole.from().micros()..whole.until().micros())
            .all(|m| intervals.iter().any(|w| w.contains(Instant::from_micros(m))));
        prop_assert_eq!(covers(&intervals, whole), each);
    }
}
