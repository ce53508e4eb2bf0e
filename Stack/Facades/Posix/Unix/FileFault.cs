using UserNet.Errors;

namespace UserNet.Facades.Posix.Unix;

/// <summary>What is to go wrong where a name is looked for in its directory.</summary>
/// <param name="error">The answer.</param>
/// <param name="first">The first look-up that it is given to, counted from 1.</param>
/// <param name="count">How many look-ups get it.</param>
internal sealed class FileFault(Errno error, int first, int count)
{
    private long _seen;

    /// <summary>Counts a look-up: the error, or Success.</summary>
    public Errno Next()
    {
        _seen++;
        return _seen >= first && _seen - first < count ? error : Errno.Success;
    }
}
