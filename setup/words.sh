# shellcheck shell=sh
# Which of two languages the scripts speak: that of NIGHTBELL_LANGUAGE, else of the locale; Chinese unless that is English.
# usage: . setup/words.sh; words '中文' 'English'
words() { # what is said in Chinese, the same in English
    case "${NIGHTBELL_LANGUAGE:-${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}}" in
        en*) printf '%s\n' "$2" ;;
        *) printf '%s\n' "$1" ;;
    esac
}
