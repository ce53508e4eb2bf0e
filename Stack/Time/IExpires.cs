namespace UserNet.Time;

/// <summary>Something that is due at an instant: what waits in a stack's <see cref="DeadlineQueue{T}"/>.</summary>
public interface IExpires
{
    /// <summary>Its time has come, or is over. Gate held; it may add new deadlines.</summary>
    void OnExpired(Timestamp now);
}
