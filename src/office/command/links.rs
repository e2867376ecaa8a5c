//! Linking sales to a case, and the sum that follows.

use super::decisions::not_own;
use super::{CaseCommand, Draft, Drafted, Scene, damaged, take_outcome};
use crate::domain::case::State;
use crate::domain::ids::SaleId;
use crate::domain::refusal::{Code, Refusal};
use crate::domain::verification::verify;
use crate::office::not_in_state;
use crate::store::StoreError;
use crate::store::rows::CaseSaleRow;
use serde_json::json;

impl CaseCommand {
    /// A supervisor links a sale of the shop.
    pub(super) fn link(&self, scene: &Scene<'_>, sale_id: &SaleId) -> Result<Drafted, StoreError> {
        if scene.case.state != State::Review {
            return Ok(Err(not_in_state(&scene.row.case_id, scene.case.state).into()));
        }
        if let Err(stop) = not_own(scene) {
            return Ok(Err(stop));
        }
        let refuse = |code| Ok(Err(Refusal::new(code).with("sale", sale_id).into()));
        let Some(sale) = &scene.seen.sale else {
            return refuse(Code::SaleUnknown);
        };
        if scene.row.merchant_id.as_deref() != Some(sale.merchant_id.as_str()) {
            return refuse(Code::SaleOfAnother);
        }
        if sale.inquiry_number.is_some() && sale.inquiry_number != scene.row.inquiry_number {
            return refuse(Code::SaleOfAnother);
        }
        if let Some(case) = &scene.seen.sale_linked_to {
            let refusal = Refusal::new(Code::SaleLinked).with("sale", sale_id).with("case", case);
            return Ok(Err(refusal.into()));
        }
        let mut records = scene.seen.records.clone();
        records.sales.retain(|known| known.sale_id != *sale_id);
        records.sales.push(sale.to_domain(true)?);
        let link = CaseSaleRow {
            case_id: scene.row.case_id.clone(),
            sale_id: sale_id.as_str().to_owned(),
            linked_by: scene.actor.as_str().to_owned(),
            linked_at: self.now.micros(),
            unlinked_by: None,
            unlinked_at: None,
            linked_seq: 0,
            audit_seq: 0,
        };
        self.relinked(scene, &records, link).map(Ok)
    }

    /// A supervisor takes a link back.
    pub(super) fn unlink(
        &self,
        scene: &Scene<'_>,
        sale_id: &SaleId,
    ) -> Result<Drafted, StoreError> {
        if scene.case.state != State::Review {
            return Ok(Err(not_in_state(&scene.row.case_id, scene.case.state).into()));
        }
        if let Err(stop) = not_own(scene) {
            return Ok(Err(stop));
        }
        let link = scene.seen.links.iter().find(|link| link.sale_id == sale_id.as_str());
        let Some(mut link) = link.cloned() else {
            return Ok(Err(Refusal::new(Code::SaleNotLinked).with("sale", sale_id).into()));
        };
        let mut records = scene.seen.records.clone();
        for sale in records.sales.iter_mut().filter(|sale| sale.sale_id == *sale_id) {
            sale.linked_by_hand = false;
        }
        link.unlinked_by = Some(scene.actor.as_str().to_owned());
        link.unlinked_at = Some(self.now.micros());
        self.relinked(scene, &records, link).map(Ok)
    }

    /// The case after a link was made or taken back: still in review, with the sum that
    /// follows.
    fn relinked(
        &self,
        scene: &Scene<'_>,
        records: &crate::domain::verification::Records,
        link: CaseSaleRow,
    ) -> Result<Draft, StoreError> {
        let outcome = verify(&scene.case.claim, records, self.settings.campaign.outage)
            .map_err(|error| damaged(scene.row, error))?;
        let mut row = scene.row.clone();
        take_outcome(&mut row, &outcome, State::Review);
        let mut draft = Draft::new(row, json!({"sale": link.sale_id}));
        draft.links.push(link);
        draft.outcome = Some(outcome);
        Ok(draft)
    }
}
