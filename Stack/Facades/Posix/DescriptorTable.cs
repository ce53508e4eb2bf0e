using System.Numerics;
using UserNet.Errors;

namespace UserNet.Facades.Posix;

/// <summary>A process's descriptors: numbers, the lowest free one first, and what each refers to.</summary>
/// <remarks>
/// Answers are the kernel's: a number, or an error number with a minus sign. To look one up takes no lock, so a call costs nothing here; changes
/// take one. Any thread.
/// </remarks>
internal sealed class DescriptorTable
{
    private readonly int _first;
    private readonly Lock _gate = new();
    private Entry[] _entries = new Entry[64];
    private ulong[] _taken = new ulong[1];      // a bit for each entry
    private int _lowest;                        // nothing from the first up to here is free
    private bool _isClosed;

    /// <param name="first">The lowest number that is given out.</param>
    public DescriptorTable(int first)
    {
        _first = _lowest = first;
        Limit = first + (1 << 20);
    }

    /// <summary>RLIMIT_NOFILE: one more than the highest number that may be given out.</summary>
    public int Limit { get; set; }

    /// <summary>What a descriptor refers to, or null.</summary>
    public OpenFile? this[int descriptor]
    {
        get
        {
            Entry[] entries = Volatile.Read(ref _entries);
            return (uint)descriptor < (uint)entries.Length ? Volatile.Read(ref entries[descriptor].File) : null;
        }
    }

    /// <summary>True when one more descriptor may be opened.</summary>
    public bool HasRoom
    {
        get
        {
            lock (_gate) return !_isClosed && FindFree(_first) < Limit;
        }
    }

    /// <summary>Gives a file the lowest free number; it counts a reference.</summary>
    /// <returns>The number; EMFILE.</returns>
    /// <param name="file">What it refers to.</param>
    /// <param name="closesOnExec">FD_CLOEXEC.</param>
    /// <exception cref="ObjectDisposedException">The process has ended.</exception>
    public int Add(OpenFile file, bool closesOnExec) => Add(file, _first, closesOnExec);

    /// <summary>F_DUPFD: another number for what a descriptor refers to, at least so high.</summary>
    /// <returns>The number; EBADF, EINVAL (out of range), EMFILE.</returns>
    public int Duplicate(int descriptor, int least, bool closesOnExec)
    {
        lock (_gate)
        {
            if (this[descriptor] is not { } file) return -(int)Errno.EBADF;
            return least < 0 || least >= Limit ? -(int)Errno.EINVAL : Add(file, least, closesOnExec);
        }
    }

    /// <summary>dup2: has a number refer to what another does; what it referred to before is closed.</summary>
    /// <returns>The number; EBADF (not open, or out of range).</returns>
    public int Replace(int descriptor, int target)
    {
        OpenFile? old;
        lock (_gate)
        {
            if (this[descriptor] is not { } file || (uint)target >= (uint)Limit) return -(int)Errno.EBADF;
            if (descriptor == target) return target;
            old = this[target];
            file.Retain();
            Put(target, file, closesOnExec: false);
        }

        old?.Release();
        return target;
    }

    /// <summary>close.</summary>
    /// <returns>0; EBADF.</returns>
    public int Remove(int descriptor)
    {
        OpenFile? file;
        lock (_gate)
        {
            file = this[descriptor];
            if (file is null) return -(int)Errno.EBADF;
            Volatile.Write(ref _entries[descriptor].File, null);
            _taken[descriptor >> 6] &= ~(1UL << descriptor);
            if (descriptor >= _first) _lowest = Math.Min(_lowest, descriptor);
        }

        file.Release();
        return 0;
    }

    /// <summary>FD_CLOEXEC of a descriptor: 0 or 1; EBADF.</summary>
    public int FlagsOf(int descriptor)
    {
        lock (_gate) return this[descriptor] is null ? -(int)Errno.EBADF : _entries[descriptor].ClosesOnExec ? 1 : 0;
    }

    /// <summary>Sets or clears FD_CLOEXEC: 0; EBADF.</summary>
    public int SetFlags(int descriptor, bool closesOnExec)
    {
        lock (_gate)
        {
            if (this[descriptor] is null) return -(int)Errno.EBADF;
            _entries[descriptor].ClosesOnExec = closesOnExec;
            return 0;
        }
    }

    /// <summary>Closes all, or those with FD_CLOEXEC.</summary>
    /// <param name="isEnd">True when the process ends: nothing is opened any more.</param>
    public void Clear(bool isEnd)
    {
        var files = new List<OpenFile>();
        lock (_gate)
        {
            _isClosed |= isEnd;
            for (int i = 0; i < _entries.Length; i++)
            {
                if (_entries[i].File is not { } file || (!isEnd && !_entries[i].ClosesOnExec)) continue;
                files.Add(file);
                Volatile.Write(ref _entries[i].File, null);
                _taken[i >> 6] &= ~(1UL << i);
            }

            _lowest = _first;
        }

        foreach (OpenFile file in files) file.Release(isEnd);
    }

    private int Add(OpenFile file, int least, bool closesOnExec)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, typeof(PosixProcess));
            int free = FindFree(least);
            if (free >= Limit) return -(int)Errno.EMFILE;
            file.Retain();
            Put(free, file, closesOnExec);
            return free;
        }
    }

    private void Put(int descriptor, OpenFile file, bool closesOnExec)
    {
        if (descriptor >= _entries.Length)
        {
            int size = (int)BitOperations.RoundUpToPowerOf2((uint)descriptor + 1);
            var entries = new Entry[size];
            Array.Copy(_entries, entries, _entries.Length);
            Array.Resize(ref _taken, size >> 6);
            Volatile.Write(ref _entries, entries);
        }

        _entries[descriptor].ClosesOnExec = closesOnExec;
        Volatile.Write(ref _entries[descriptor].File, file);
        _taken[descriptor >> 6] |= 1UL << descriptor;
        if (descriptor == _lowest) _lowest++;
    }

    private int FindFree(int least)
    {
        int from = Math.Max(least, _lowest);
        for (int word = from >> 6; word < _taken.Length; word++)
        {
            ulong free = ~_taken[word];
            if (word == from >> 6) free &= ulong.MaxValue << from;
            if (free == 0) continue;
            int found = (word << 6) + BitOperations.TrailingZeroCount(free);
            if (least <= _lowest) _lowest = found;
            return found;
        }

        return Math.Max(from, _taken.Length << 6);
    }

    private struct Entry
    {
        public OpenFile? File;
        public bool ClosesOnExec;
    }
}
