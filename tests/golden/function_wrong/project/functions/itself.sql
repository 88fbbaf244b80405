select {{ function('itself') }}()
