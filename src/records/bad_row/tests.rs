use super::*;

#[test]
fn every_reason_says_something_in_both_languages() {
    let day = DayError::YearMissing { value: "2/24".into() };
    let time = TimeError::Unreadable { value: "x".into() };
    for reason in [
        BadRowReason::FieldCount { expected: 1, found: 2 },
        BadRowReason::TooLong,
        BadRowReason::QuoteOpen,
        BadRowReason::Encoding,
        BadRowReason::NoHeader,
        BadRowReason::Character(0x202e),
        BadRowReason::Empty,
        BadRowReason::Length(1),
        BadRowReason::Number(NumberError::Empty),
        BadRowReason::Number(NumberError::Form("1".into())),
        BadRowReason::Id,
        BadRowReason::Prefecture,
        BadRowReason::Yen,
        BadRowReason::YenRange(0, 1),
        BadRowReason::BalanceOverFace,
        BadRowReason::Day(day),
        BadRowReason::Time(time),
        BadRowReason::Interval,
        BadRowReason::Word("app"),
        BadRowReason::DuplicateInFile(2),
        BadRowReason::DiffersFromEarlier,
        BadRowReason::UnknownMerchant,
        BadRowReason::UnknownCoupon,
    ] {
        assert!(!reason.to_string().is_empty());
        assert!(!reason.message_ja().is_ascii(), "{reason}");
    }
}
