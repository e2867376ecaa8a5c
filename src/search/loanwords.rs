//! Latin words of shop signs and how they are said in Japanese.
//!
//! Read as romaji, `garden` would be "garuden" at best; these few hundred words are common enough
//! on signs everywhere to be worth knowing. Words, not names of shops. Sorted, for bisection.

/// The reading of a latin word in lower case, or none if it is not a known one.
#[must_use]
pub fn reading(word: &str) -> Option<&'static str> {
    let at = WORDS.binary_search_by_key(&word, |pair| pair.0).ok()?;
    Some(WORDS[at].1)
}

/// The Japanese name of a letter or digit, for acronyms and numbers.
#[must_use]
#[rustfmt::skip]
pub fn letter_name(letter: char) -> &'static str {
    match letter {
        'a' => "えー", 'b' => "びー", 'c' => "しー", 'd' => "でぃー", 'e' => "いー", 'f' => "えふ",
        'g' => "じー", 'h' => "えいち", 'i' => "あい", 'j' => "じぇい", 'k' => "けー", 'l' => "える",
        'm' => "えむ", 'n' => "えぬ", 'o' => "おー", 'p' => "ぴー", 'q' => "きゅー", 'r' => "あーる",
        's' => "えす", 't' => "てぃー", 'u' => "ゆー", 'v' => "ぶい", 'w' => "だぶりゅー",
        'x' => "えっくす", 'y' => "わい", 'z' => "ぜっと",
        '0' => "ぜろ", '1' => "いち", '2' => "に", '3' => "さん", '4' => "よん", '5' => "ご",
        '6' => "ろく", '7' => "なな", '8' => "はち", '9' => "きゅう",
        _ => "",
    }
}

/// Word and reading, sorted by word.
#[rustfmt::skip]
const WORDS: [(&str, &str); 314] = [
    ("all", "おーる"), ("american", "あめりかん"), ("and", "あんど"), ("angel", "えんじぇる"),
    ("antique", "あんてぃーく"), ("aroma", "あろま"), ("art", "あーと"), ("asian", "あじあん"),
    ("atelier", "あとりえ"), ("auberge", "おーべるじゅ"), ("baby", "べびー"), ("bagel", "べーぐる"),
    ("bakery", "べーかりー"), ("bal", "ばる"), ("bar", "ばー"), ("base", "べーす"),
    ("bay", "べい"), ("bbq", "ばーべきゅー"), ("beach", "びーち"), ("bear", "べあ"),
    ("beauty", "びゅーてぃー"), ("beef", "びーふ"), ("beer", "びあ"), ("best", "べすと"),
    ("big", "びっぐ"), ("bike", "ばいく"), ("bird", "ばーど"), ("bistro", "びすとろ"),
    ("black", "ぶらっく"), ("blanc", "ぶらん"), ("bleu", "ぶるー"), ("blue", "ぶるー"),
    ("boutique", "ぶてぃっく"), ("bowl", "ぼうる"), ("box", "ぼっくす"), ("brasserie", "ぶらっすりー"),
    ("bread", "ぶれっど"), ("brew", "ぶりゅー"), ("brewery", "ぶりゅわりー"), ("brothers", "ぶらざーず"),
    ("burger", "ばーがー"), ("by", "ばい"), ("cafe", "かふぇ"), ("cake", "けーき"),
    ("camp", "きゃんぷ"), ("candy", "きゃんでぃー"), ("casa", "かーさ"), ("castle", "きゃっする"),
    ("cat", "きゃっと"), ("center", "せんたー"), ("central", "せんとらる"), ("centre", "せんたー"),
    ("cheese", "ちーず"), ("chef", "しぇふ"), ("chicken", "ちきん"), ("chinese", "ちゃいにーず"),
    ("chocolat", "しょこら"), ("chocolate", "ちょこれーと"), ("city", "してぃ"), ("clinic", "くりにっく"),
    ("club", "くらぶ"), ("coco", "ここ"), ("coffee", "こーひー"), ("color", "からー"),
    ("company", "かんぱにー"), ("cook", "くっく"), ("cookie", "くっきー"), ("corner", "こーなー"),
    ("country", "かんとりー"), ("court", "こーと"), ("craft", "くらふと"), ("cream", "くりーむ"),
    ("creperie", "くれーぷりー"), ("cuisine", "きゅいじーぬ"), ("curry", "かりー"), ("dance", "だんす"),
    ("day", "でい"), ("de", "ど"), ("deli", "でり"), ("delica", "でりか"),
    ("design", "でざいん"), ("dessert", "でざーと"), ("diner", "だいなー"), ("dining", "だいにんぐ"),
    ("dog", "どっぐ"), ("dolce", "どるちぇ"), ("door", "どあ"), ("dream", "どりーむ"),
    ("drink", "どりんく"), ("drive", "どらいぶ"), ("du", "でゅ"), ("east", "いーすと"),
    ("eat", "いーと"), ("egg", "えっぐ"), ("fair", "ふぇあ"), ("family", "ふぁみりー"),
    ("farm", "ふぁーむ"), ("fashion", "ふぁっしょん"), ("fish", "ふぃっしゅ"), ("flower", "ふらわー"),
    ("food", "ふーど"), ("foods", "ふーず"), ("forest", "ふぉれすと"), ("french", "ふれんち"),
    ("fresh", "ふれっしゅ"), ("friends", "ふれんず"), ("fruit", "ふるーつ"), ("fruits", "ふるーつ"),
    ("fun", "ふぁん"), ("garage", "がれーじ"), ("garden", "がーでん"), ("gate", "げーと"),
    ("gelato", "じぇらーと"), ("golden", "ごーるでん"), ("golf", "ごるふ"), ("good", "ぐっど"),
    ("gourmet", "ぐるめ"), ("grand", "ぐらんど"), ("green", "ぐりーん"), ("grill", "ぐりる"),
    ("guest", "げすと"), ("hair", "へあ"), ("hall", "ほーる"), ("hamburg", "はんばーぐ"),
    ("hand", "はんど"), ("happy", "はっぴー"), ("harbor", "はーばー"), ("healing", "ひーりんぐ"),
    ("heart", "はーと"), ("herb", "はーぶ"), ("hill", "ひる"), ("hills", "ひるず"),
    ("home", "ほーむ"), ("honey", "はにー"), ("hot", "ほっと"), ("hotel", "ほてる"),
    ("house", "はうす"), ("ice", "あいす"), ("in", "いん"), ("indian", "いんでぃあん"),
    ("inn", "いん"), ("island", "あいらんど"), ("italia", "いたりあ"), ("italian", "いたりあん"),
    ("italiana", "いたりあーな"), ("japan", "じゃぱん"), ("jazz", "じゃず"), ("jewelry", "じゅえりー"),
    ("juice", "じゅーす"), ("kids", "きっず"), ("kitchen", "きっちん"), ("la", "ら"),
    ("labo", "らぼ"), ("lady", "れでぃ"), ("land", "らんど"), ("le", "る"),
    ("les", "れ"), ("life", "らいふ"), ("light", "らいと"), ("line", "らいん"),
    ("link", "りんく"), ("little", "りとる"), ("live", "らいぶ"), ("living", "りびんぐ"),
    ("lounge", "らうんじ"), ("love", "らぶ"), ("lucky", "らっきー"), ("lunch", "らんち"),
    ("maison", "めぞん"), ("mall", "もーる"), ("market", "まーけっと"), ("meat", "みーと"),
    ("men", "めん"), ("mini", "みに"), ("modern", "もだん"), ("moon", "むーん"),
    ("morning", "もーにんぐ"), ("mother", "まざー"), ("mountain", "まうんてん"), ("music", "みゅーじっく"),
    ("my", "まい"), ("nail", "ねいる"), ("natural", "なちゅらる"), ("new", "にゅー"),
    ("night", "ないと"), ("no", "の"), ("noodle", "ぬーどる"), ("north", "のーす"),
    ("ocean", "おーしゃん"), ("of", "おぶ"), ("office", "おふぃす"), ("old", "おーるど"),
    ("on", "おん"), ("one", "わん"), ("orange", "おれんじ"), ("organic", "おーがにっく"),
    ("original", "おりじなる"), ("osteria", "おすてりあ"), ("oyster", "おいすたー"), ("palace", "ぱれす"),
    ("pancake", "ぱんけーき"), ("paradise", "ぱらだいす"), ("park", "ぱーく"), ("parlor", "ぱーらー"),
    ("party", "ぱーてぃー"), ("pasta", "ぱすた"), ("patisserie", "ぱてぃすりー"), ("people", "ぴーぷる"),
    ("pet", "ぺっと"), ("petit", "ぷち"), ("photo", "ふぉと"), ("pizza", "ぴざ"),
    ("pizzeria", "ぴっつぇりあ"), ("place", "ぷれいす"), ("plan", "ぷらん"), ("planet", "ぷらねっと"),
    ("plaza", "ぷらざ"), ("plus", "ぷらす"), ("point", "ぽいんと"), ("pork", "ぽーく"),
    ("pot", "ぽっと"), ("premium", "ぷれみあむ"), ("produce", "ぷろでゅーす"), ("pub", "ぱぶ"),
    ("public", "ぱぶりっく"), ("pudding", "ぷりん"), ("rain", "れいん"), ("ramen", "らーめん"),
    ("red", "れっど"), ("relax", "りらっくす"), ("resort", "りぞーと"), ("rest", "れすと"),
    ("restaurant", "れすとらん"), ("rice", "らいす"), ("ristorante", "りすとらんて"), ("river", "りばー"),
    ("road", "ろーど"), ("roast", "ろーすと"), ("rock", "ろっく"), ("roll", "ろーる"),
    ("roof", "るーふ"), ("room", "るーむ"), ("rose", "ろーず"), ("royal", "ろいやる"),
    ("salad", "さらだ"), ("salon", "さろん"), ("sandwich", "さんどいっち"), ("school", "すくーる"),
    ("sea", "しー"), ("season", "しーずん"), ("select", "せれくと"), ("service", "さーびす"),
    ("shop", "しょっぷ"), ("side", "さいど"), ("sky", "すかい"), ("smile", "すまいる"),
    ("smoke", "すもーく"), ("snack", "すなっく"), ("soba", "そば"), ("soup", "すーぷ"),
    ("south", "さうす"), ("space", "すぺーす"), ("spice", "すぱいす"), ("sports", "すぽーつ"),
    ("spring", "すぷりんぐ"), ("square", "すくえあ"), ("stand", "すたんど"), ("star", "すたー"),
    ("station", "すてーしょん"), ("steak", "すてーき"), ("stone", "すとーん"), ("store", "すとあ"),
    ("story", "すとーりー"), ("street", "すとりーと"), ("studio", "すたじお"), ("style", "すたいる"),
    ("sun", "さん"), ("super", "すーぱー"), ("sushi", "すし"), ("sweet", "すいーと"),
    ("sweets", "すいーつ"), ("table", "てーぶる"), ("taste", "ていすと"), ("tavern", "たばーん"),
    ("tea", "てぃー"), ("terrace", "てらす"), ("thai", "たい"), ("the", "ざ"),
    ("time", "たいむ"), ("to", "とぅ"), ("tokyo", "とうきょう"), ("tower", "たわー"),
    ("town", "たうん"), ("trattoria", "とらっとりあ"), ("travel", "とらべる"), ("tree", "つりー"),
    ("up", "あっぷ"), ("vegetable", "べじたぶる"), ("view", "びゅー"), ("villa", "びら"),
    ("village", "びれっじ"), ("vin", "ばん"), ("wagon", "わごん"), ("water", "うぉーたー"),
    ("wave", "うぇーぶ"), ("west", "うえすと"), ("white", "ほわいと"), ("wine", "わいん"),
    ("wood", "うっど"), ("works", "わーくす"), ("world", "わーるど"), ("yakiniku", "やきにく"),
    ("you", "ゆー"), ("young", "やんぐ"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_sorted_so_that_bisection_finds_them() {
        assert!(WORDS.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(reading("garden"), Some("がーでん"));
        assert_eq!(reading("gardens"), None);
    }
}
