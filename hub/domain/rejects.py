"""Why a record or a value stays out, and what its sender does about it. Documented in docs/reference/errors.md."""

WAY_OUT: dict[str, str] = {
    "WRONG_TYPE": "The value is not of the contract's type: send what schema/district.graphql or the national interface says.",
    "REGION_UNKNOWN": "No region has this Kemendagri code: use a code with dots, such as 35.10.01.2001.",
    "REGION_FOREIGN": "The region lies in another regency: its own district system has to send this record.",
    "DECILE_OUT_OF_RANGE": "A welfare decile is 1 to 10, or null when it is not known.",
    "KK_NOT_16_DIGITS": "A family card number has 16 digits: correct it from the card, or send null.",
    "KK_IMPOSSIBLE_DATE": "Digits 7 to 12 of a family card number are a day of issue: correct it from the card, or send null.",
    "KK_SERIAL_0000": "The serial of a family card number starts at 0001: correct it from the card, or send null.",
    "NIK_NOT_16_DIGITS": "A NIK has 16 digits: correct it from the identity card, or send null.",
    "NIK_IMPOSSIBLE_DATE": "Digits 7 to 12 of a NIK are the birth date, the day + 40 for women: correct it, or send null.",
    "NIK_SERIAL_0000": "The serial of a NIK starts at 0001: correct it from the identity card, or send null.",
    "PROGRAMME_UNKNOWN": "No programme has this code: ask for `programmes` to see them.",
    "VALUE_UNKNOWN": "The value is not one of the known ones: see the contract.",
    "ID_COLLISION": "Another record has the same internal id, which is very rare: change the record's own id and send it again.",
    "HOUSEHOLD_MOVED": "The household moved to another district, whose records of it count now: if it came back, give it "
    "a new id, and complete a move-in letter that names where it came from.",
    "SERIES_MIXED": "A poverty series has one region, one source and one method, and there is one of each: send other "
    "figures as a series of their own, and figures of the same source and method in the one that is there.",
    "NOT_STORABLE": "The record holds a NUL character, half a character or a number beyond 64 bits: clean it and send it again.",
    "ASSIGNMENTS_CONTRADICT": "A case file has one open lead at most, each agency once, and an end for each that is not open.",
    "ID_MISSING": "A record needs the sender's own id.",
}
