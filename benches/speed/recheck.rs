//! Opening cases that wait, and verifying them all again.

use std::sync::Arc;
use std::time::Instant;

use chrono::NaiveDate;
use madoguchi::domain::number::InquiryNumber;
use madoguchi::office::cases::OpenRequest;
use madoguchi::records::Kind;

use crate::campaign::{COVERS, Campaign, number};
use crate::timing::{Times, rate, seconds};

/// Operators at once.
const DESKS: u64 = 64;

pub async fn run(campaign: &mut Campaign) {
    let cases = campaign.plan.cases;
    let begun = Instant::now();
    let mut desks = Vec::new();
    for desk in 0..DESKS {
        let (office, operator) = (Arc::clone(&campaign.office), campaign.operator.clone());
        desks.push(tokio::spawn(async move {
            let mut times = Times::default();
            for i in (desk..cases).step_by(usize::try_from(DESKS).expect("few")) {
                let request = OpenRequest {
                    number: InquiryNumber::fold(&number(i)).expect("a number"),
                    expiry: NaiveDate::from_ymd_opt(2023, 2, 24).expect("a day"),
                    prefecture: "奈良県".parse().expect("a prefecture"),
                    shop_said: format!("店{}", i % 1000),
                    merchant_id: format!("M{:04}", i % 1000).parse().ok(),
                    other: None,
                    command_id: None,
                };
                let one = Instant::now();
                let view = office.open_case(&operator, request).await.expect("opened");
                times.add(one.elapsed());
                assert_eq!(view.state, "waiting");
            }
            times
        }));
    }
    let mut times = Times::default();
    for desk in desks {
        times.join(desk.await.expect("a desk"));
    }
    let taken = seconds(begun);
    println!(
        "open      {cases} cases by {DESKS} desks: {:.0}/s  {}",
        rate(cases, taken),
        times.line()
    );

    let begun = Instant::now();
    let done = campaign.office.recheck(&campaign.admin).await.expect("rechecked");
    assert_eq!((done.verified, done.changed), (cases, 0));
    println!("recheck   {cases} waiting cases, nothing new: {:.2} s", seconds(begun));

    let sales = campaign.sales_file();
    let begun = Instant::now();
    let report = campaign.import(Kind::Sales, &sales, Some(COVERS)).await;
    assert_eq!(report.rechecked, cases);
    println!(
        "          {cases} sales imported and all cases matched by them: {:.2} s",
        seconds(begun)
    );
}
