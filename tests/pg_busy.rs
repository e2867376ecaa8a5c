//! A server whose other work keeps a command from being done in time: it is told as that, apart
//! from what nobody knows the outcome of, and both are over when the server goes on.

#![allow(clippy::expect_used, reason = "a story that cannot go on ends there")]

mod common;
mod served;

use common::books::opened;
use common::database::{DESK, server};
use common::server::{Options, Server};
use common::{answer, program, with_shops};
use madoguchi::domain::ids::CaseId;
use madoguchi::domain::refusal::Code;
use madoguchi::office::{Office, OfficeError};
use served::{
    Campaign, all_opened, coupons, fill, fresh_id, office, operator, restored, sums_hold, verified,
};
use tokio::task::block_in_place;

/// Why it was not done.
async fn refused(office: &Office, case: &CaseId, id: &str) -> Code {
    match restored(office, &operator(), case, id).await.expect_err("not done") {
        OfficeError::Store(error) => error.to_refusal().code,
        OfficeError::Refused(refusal) => panic!("{case}: {refusal}"),
    }
}

/// Two desks that make the same row again and again are no contradiction in the records: the one
/// that was second twelve times was told AUDIT_BROKEN, and to call an admin.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_command_that_meets_a_row_twelve_times_is_not_told_of_damage() {
    postgres_only!("a file has one writer");
    let front = block_in_place(with_shops);
    fill(&front.database().url("ad"), false, &coupons(1, 9000)).await;
    let desk = office(&front.database().url("op")).await;
    let cases = all_opened(&desk, 1).await;
    let books = opened(front.database());
    // As if another desk had always been first with the row.
    block_in_place(|| {
        books.change(
            "CREATE SEQUENCE tries;
             CREATE FUNCTION met() RETURNS TRIGGER LANGUAGE plpgsql SECURITY DEFINER
                SET search_path = madoguchi AS $$ BEGIN
                    PERFORM nextval('tries');
                    RAISE EXCEPTION 'there already' USING ERRCODE = 'unique_violation';
                END $$;
             CREATE TRIGGER met BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION met()",
        );
    });
    let id = fresh_id();
    assert_eq!(refused(&desk, &cases[0], &id).await, Code::DatabaseBusy);
    assert_eq!(block_in_place(|| books.told("SELECT last_value FROM tries")), "12");
    let seen = desk.reread_case(&operator(), &cases[0]).await.expect("it can be read");
    assert_eq!(seen.state, "matched", "nothing was written");
    // The way it is told at the command line.
    let words = ["case", "restore", &cases[0].to_string()];
    let url = front.database().url("op");
    let told = block_in_place(|| answer(&program(&url, "op").args(words).output().expect("runs")));
    assert_eq!((told.status, &told.json["error"]["code"]), (3, &"DATABASE_BUSY".into()));
    block_in_place(|| books.change("DROP TRIGGER met ON entry"));
    restored(&desk, &operator(), &cases[0], &id).await.expect("under the same id");
    desk.close().await.expect("closed");
    block_in_place(|| sums_hold(server(), front.database().name()));
    verified(&url);
}

/// While commits wait for a standby that is gone, the same story was told in several ways: one
/// command is not known to be written, and what waits behind it is known not to be.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn commits_that_wait_for_a_lost_standby_are_unknown_and_those_behind_them_busy() {
    postgres_only!("a file has no standby");
    let server = block_in_place(|| Server::start(Options::default()));
    let campaign = Campaign::with_coupons(&server, 1).await;
    let desks = [
        office(&server.url(DESK, &campaign.name)).await,
        office(&server.url(DESK, &campaign.name)).await,
    ];
    // On the same coupon: the second waits for the row that the first one holds.
    let cases = all_opened(&desks[0], 1).await;
    let standby = |name: &str| {
        block_in_place(|| {
            let set = format!("ALTER SYSTEM SET synchronous_standby_names = '{name}'");
            server.psql("postgres", &set);
            server.psql("postgres", "SELECT pg_reload_conf()");
        });
    };
    standby("gone");
    let ids = [fresh_id(), fresh_id()];
    let behind = async {
        let waits = "SELECT count(*) FROM pg_stat_activity
            WHERE wait_event = 'SyncRep' AND query LIKE 'SELECT apply%'";
        while block_in_place(|| server.psql("postgres", waits)) == "0" {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        refused(&desks[1], &cases[1], &ids[1]).await
    };
    let (first, second) = tokio::join!(refused(&desks[0], &cases[0], &ids[0]), behind);
    assert_eq!((first, second), (Code::OutcomeUnknown, Code::DatabaseBusy));
    standby("");
    for ((desk, case), id) in desks.iter().zip(&cases).zip(&ids) {
        let view = restored(desk, &operator(), case, id).await.expect("it goes on");
        assert_eq!(view.state, "restored");
    }
    for desk in desks {
        desk.close().await.expect("closed");
    }
    block_in_place(|| sums_hold(&server, &campaign.name));
    verified(&server.url(DESK, &campaign.name));
}
