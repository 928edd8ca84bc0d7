-- The structure of NIK and KK numbers in SQL, for work in sets. hub/domain/nik.py says the same; a test compares the two.
-- Days 1 to 28 exist in every month: one cheap expression settles nearly all numbers, the rest takes the long way.

create function nik_error(nik text) returns text immutable parallel safe language sql return
    case
        when nik is null or nik ~ '^[0-9]{6}([04][1-9]|[15][0-9]|[26][0-8])(0[1-9]|1[012])[0-9]{6}$' and substr(nik, 13) <> '0000' then null
        when nik !~ '^[0-9]{16}$' then 'NIK_NOT_16_DIGITS'
        when nik !~ '^[0-9]{6}((([04][1-9]|[1256][0-9]|[37][01])(01|03|05|07|08|10|12)|([04][1-9]|[1256][0-9]|[37]0)(04|06|09|11)|([04][1-9]|[15][0-9]|[26][0-8])02)[0-9]{2}|[26]902([02468][048]|[13579][26]))[0-9]{4}$'
            then 'NIK_IMPOSSIBLE_DATE'
        when substr(nik, 13) = '0000' then 'NIK_SERIAL_0000'
    end;

create function kk_error(kk_number text) returns text immutable parallel safe language sql return
    case
        when kk_number is null
            or kk_number ~ '^[0-9]{6}(0[1-9]|1[0-9]|2[0-8])(0[1-9]|1[012])[0-9]{6}$' and substr(kk_number, 13) <> '0000' then null
        when kk_number !~ '^[0-9]{16}$' then 'KK_NOT_16_DIGITS'
        when kk_number !~ '^[0-9]{6}(((0[1-9]|[12][0-9]|3[01])(01|03|05|07|08|10|12)|(0[1-9]|[12][0-9]|30)(04|06|09|11)|(0[1-9]|1[0-9]|2[0-8])02)[0-9]{2}|2902([02468][048]|[13579][26]))[0-9]{4}$'
            then 'KK_IMPOSSIBLE_DATE'
        when substr(kk_number, 13) = '0000' then 'KK_SERIAL_0000'
    end;
