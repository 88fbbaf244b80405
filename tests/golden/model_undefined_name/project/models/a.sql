select {{ colums | join(', ') }} from t where {{ nope + 1 }}
