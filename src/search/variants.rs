//! Old and variant kanji, each with the form a keyboard gives today.
//!
//! Names are registered with the owner's own form of a character (`髙`, `邉`); whoever types the
//! name over the telephone uses the usual one. Where two forms are merely often mistaken for each
//! other (`斎`/`斉`) they are folded too: a search loses nothing by it.

/// Pairs, variant first, then the usual form; no usual form is itself a variant.
const PAIRS: &str = "\
亞亜惡悪壓圧圍囲醫医爲為壹壱隱隠榮栄營営衞衛驛駅圓円鹽塩緣縁艷艶應応歐欧毆殴櫻桜奧奥橫横溫温穩穏假仮\
價価畫画會会囘回懷懐繪絵壞壊槪概擴拡殼殻覺覚學学嶽岳樂楽勸勧卷巻寬寛歡歓罐缶觀観關関陷陥巖巌顏顔歸帰\
氣気龜亀僞偽戲戯犧犠卻却舊旧據拠擧挙虛虚峽峡挾挟敎教鄕郷堯尭曉暁區区驅駆勳勲薰薫徑径惠恵溪渓經経繼継\
莖茎螢蛍輕軽鷄鶏藝芸擊撃缺欠儉倹劍剣圈圏檢検權権獻献縣県硏研險険顯顕驗験嚴厳效効廣広恆恒鑛鉱號号國国\
黑黒濟済碎砕齋斉斎斉齊斉劑剤冰氷雜雑參参慘惨棧桟蠶蚕贊賛殘残絲糸姊姉齒歯兒児辭辞濕湿實実舍舎寫写釋釈\
壽寿收収從従澁渋獸獣縱縦肅粛處処緖緒敍叙奬奨將将牀床燒焼稱称證証乘乗剩剰壤壌孃嬢條条淨浄疊畳穰穣讓譲\
釀醸觸触囑嘱寢寝愼慎晉晋眞真盡尽圖図粹粋醉酔隨随髓髄數数樞枢聲声靜静攝摂竊窃專専戰戦淺浅潛潜纖繊踐践\
錢銭禪禅雙双壯壮搜捜插挿爭争總総聰聡莊荘裝装騷騒臟臓藏蔵卽即屬属續続墮堕對対帶帯滯滞臺台瀧滝擇択澤沢\
單単擔担膽胆團団彈弾斷断癡痴遲遅晝昼蟲虫鑄鋳廳庁聽聴鎭鎮遞逓鐵鉄鉃鉄轉転點点傳伝黨党盜盗燈灯當当鬪闘\
德徳獨独讀読屆届繩縄貳弐惱悩腦脳霸覇廢廃拜拝賣売麥麦發発髮髪拔抜蠻蛮祕秘彥彦濱浜濵浜拂払佛仏竝並變変\
邊辺邉辺辨弁瓣弁辯弁寶宝寳宝豐豊沒没飜翻每毎萬万滿満默黙彌弥藥薬譯訳豫予餘余與与譽誉搖揺樣様謠謡遙遥\
來来亂乱覽覧龍竜兩両獵猟綠緑壘塁淚涙勵励禮礼靈霊齡齢戀恋爐炉勞労樓楼祿禄錄録灣湾瑤瑶髙高﨑崎嵜崎碕崎\
嶋島嶌島冨富峯峰桒桑舘館曻昇𠮷吉祗祇篭籠薮藪檜桧鷗鴎鰺鯵麵麺麪麺曾曽淵渕鶯鴬逹達體体躰体莓苺栁柳餠餅\
焰炎吞呑噓嘘摑掴瘦痩繫繋蔣蒋醬醤頰頬顚顛驒騨麴麹蠟蝋萊莱潑溌禱祷簞箪嚙噛囊嚢剝剥塡填俠侠俱倶礒磯埜野\
槇槙槗橋𣘺橋閒間徧遍尙尚淸清靑青黃黄增増歷歴曆暦步歩賴頼鍊錬戶戸內内吳呉娛娯鄰隣舖舗鋪舗疎疏蘂蕊蘒萩\
舩船舡船窻窓牎窓笋筍蝿蠅蛎蠣鈎鉤凉涼冲沖决決况況减減凑湊恊協勗勖厠廁畧略脉脈秌秋穐秋蘓蘇甦蘇碗椀盌椀\
阪坂耻恥籐藤柿柹梅楳杯盃鮓鮨壺壷珎珍屛屏倂併甁瓶稅税說説悅悦銳鋭脫脱巢巣禰祢鴈雁鳫雁鵞鵝麁粗\
瀨瀬郞郎穗穂飮飲靍鶴靏鶴劔剣劒剣釼剣讚讃礪砺菴庵薗園昻昂塲場兔兎莵兎圀国囯国亰京穎頴翆翠";

/// The variants as a sorted table; made once by whoever folds many names.
#[derive(Debug, Clone)]
pub struct Variants {
    sorted: Vec<(char, char)>,
}

impl Variants {
    /// Reads the pairs into a table.
    #[must_use]
    pub fn new() -> Self {
        let mut sorted = Vec::new();
        let mut chars = PAIRS.chars();
        while let (Some(variant), Some(usual)) = (chars.next(), chars.next()) {
            sorted.push((variant, usual));
        }
        sorted.sort_unstable();
        Self { sorted }
    }

    /// The usual form of `kanji`, or `kanji` itself.
    #[must_use]
    pub fn usual(&self, kanji: char) -> char {
        match self.sorted.binary_search_by_key(&kanji, |pair| pair.0) {
            Ok(at) => self.sorted[at].1,
            Err(_) => kanji,
        }
    }
}

impl Default for Variants {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usual_form_is_never_folded_again() {
        let table = Variants::new();
        assert!(table.sorted.len() > 300);
        for &(variant, usual) in &table.sorted {
            assert_eq!(table.usual(usual), usual, "{variant} -> {usual}");
        }
    }

    #[test]
    fn names_as_registered_become_names_as_typed() {
        let table = Variants::new();
        let fold = |name: &str| name.chars().map(|c| table.usual(c)).collect::<String>();
        assert_eq!(fold("髙﨑壽司"), "高崎寿司");
        assert_eq!(fold("渡邉澤"), "渡辺沢");
    }
}
